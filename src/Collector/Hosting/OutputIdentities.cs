using Collector.Pipeline.Running;

namespace Collector.Hosting;

/// <summary>Says at start as whom each output writes, or why it cannot yet: not only when its first object is sealed.</summary>
internal static partial class OutputIdentities
{
    /// <summary>Ends when every output has its credentials, or was told why it has none; nobody waits for it but the end of the process.</summary>
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
        var (name, before) = (output.Settings.Name, output.Store.Description);
        LogOutput(logger, name, before);
        if (await output.Store.AuthenticateAsync(ended) is { } missing)
            LogMissing(logger, name, missing);
        else if (output.Store.Description is var known && known != before)
            LogOutput(logger, name, known);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output} stores to {Store}")]
    private static partial void LogOutput(ILogger logger, string output, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write yet, and keeps what it gets until it can: {Why}")]
    private static partial void LogMissing(ILogger logger, string output, string why);
}
