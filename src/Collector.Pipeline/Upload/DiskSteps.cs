using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// Steps on the disk that nothing may follow before they are done: what the store has must not be sent once more because a
/// deletion failed. They are repeated until the disk takes them or the process stops; a restart goes on from what is durable.
/// </summary>
internal sealed partial class DiskSteps(string output, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Throws <see cref="OperationCanceledException"/> when it is stopped before <paramref name="step"/> has succeeded. A step that is done in part must go on where it failed.</summary>
    public async Task DoAsync(Action step, CancellationToken stop)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                step();
                return;
            }
            catch (StorageException e)
            {
                if (isFirst)
                {
                    LogFailed(output, e.Message);
                }
            }

            await Task.Delay(Pause, clock, stop).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write its buffer or its positions now: {Why}; it tries again until it can; give the node's disk room, or mend it")]
    private partial void LogFailed(string output, string why);
}
