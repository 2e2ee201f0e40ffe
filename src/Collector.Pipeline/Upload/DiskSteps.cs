using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// Disk steps that must succeed before anything follows: a failed deletion must not cause an object to be sent once more. They are
/// repeated until they succeed or the process stops; a restart continues from the durable state.
/// </summary>
internal sealed partial class DiskSteps(string output, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Throws <see cref="OperationCanceledException"/> when it is stopped before <paramref name="step"/> has succeeded. A step that
    /// is done in part must continue where it failed.
    /// </summary>
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write its buffer or its positions: {Why}; the collector retries until the write succeeds; free space on the node's disk, or repair the disk")]
    private partial void LogFailed(string output, string why);
}
