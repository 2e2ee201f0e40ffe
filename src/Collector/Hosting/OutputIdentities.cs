using Collector.Pipeline.Running;

namespace Collector.Hosting;

/// <summary>Says at start as whom each output writes, once, or why it cannot yet: not only when its first object is sealed.</summary>
internal static partial class OutputIdentities
{
    /// <summary>What takes longer is said before it is known as whom.</summary>
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write yet, and keeps what it gets until it can: {Why}")]
    private static partial void LogMissing(ILogger logger, string output, string why);
}
