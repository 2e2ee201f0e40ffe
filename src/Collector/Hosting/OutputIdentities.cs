using Collector.Pipeline.Running;

namespace Collector.Hosting;

/// <summary>
/// Logs at start which identity each output has, once, or why it has none yet, without waiting for the first sealed object.
/// </summary>
internal static partial class OutputIdentities
{
    /// <summary>After this time an output is logged without its principal.</summary>
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends when every output has its credentials, or has logged why not; only the end of the process waits for it.
    /// </summary>
    public static async Task LogAsync(IEnumerable<PipelineOutput> outputs, ILogger logger, CancellationToken ended)
    {
        try
        {
            await Task.WhenAll(outputs.Select(output => LogAsync(output, logger, ended)));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // A process that ends sooner has nothing more to say.
        }
    }

    private static async Task LogAsync(PipelineOutput output, ILogger logger, CancellationToken ended)
    {
        var (name, told) = (output.Settings.Name, "");
        var asking = output.Store.AuthenticateAsync(ended);
        await Task.WhenAny(asking, Task.Delay(SoonEnough, ended));
        if (!asking.IsCompleted)
            LogOutput(logger, name, told = output.Store.Description);

        var missing = await asking;
        if (output.Store.Description != told)
            LogOutput(logger, name, output.Store.Description);
        if (missing is not null)
            LogMissing(logger, name, missing);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output} stores to {Store}")]
    private static partial void LogOutput(ILogger logger, string output, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write to its store yet; records wait on disk and nothing is dropped: {Why}")]
    private static partial void LogMissing(ILogger logger, string output, string why);
}
