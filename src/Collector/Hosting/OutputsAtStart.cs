using Collector.ObjectStores;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Upload;

namespace Collector.Hosting;

/// <summary>
/// Logs at start which identity each output has, once, or why it cannot write yet: no credentials, or a store that does not exist.
/// The first sealed object would tell the same, but perhaps much later.
/// </summary>
/// <param name="books">The last failure is noted here, for the status of the output.</param>
/// <param name="logger">For the agent's log.</param>
internal sealed partial class OutputsAtStart(Books books, ILogger logger)
{
    /// <summary>After this time an output is logged without its principal.</summary>
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(5);

    /// <summary>An object that is sealed sooner answers the question without another request.</summary>
    private static readonly TimeSpan WaitForObject = TimeSpan.FromSeconds(15);

    /// <summary>Ends when everything about every output is logged; only the end of the process waits for it.</summary>
    /// <param name="outputs">All are asked at the same time.</param>
    /// <param name="once">The run ends with its uploads, which show whether the store exists; it is not asked before.</param>
    /// <param name="ended">Cancels everything at the end of the process.</param>
    public async Task TellAsync(IEnumerable<PipelineOutput> outputs, bool once, CancellationToken ended)
    {
        try
        {
            await Task.WhenAll(outputs.Select(output => TellAsync(output, once, ended)));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The process ends before everything was logged.
        }
    }

    private async Task TellAsync(PipelineOutput output, bool once, CancellationToken ended)
    {
        var (name, told) = (output.Settings.Name, "");
        var asking = output.Store.AuthenticateAsync(ended);
        await Task.WhenAny(asking, Task.Delay(SoonEnough, ended));
        if (!asking.IsCompleted)
            LogOutput(name, told = output.Store.Description);

        var missing = await asking;
        if (output.Store.Description != told)
            LogOutput(name, output.Store.Description);
        if (missing is not null)
            LogMissing(name, output.Settings.Buffer.Fate, missing);
        else if (!once && output.Store is IStoreCheck store && !await HasTriedAsync(output, ended))
            await CheckAsync(output, store, ended);
    }

    private async Task CheckAsync(PipelineOutput output, IStoreCheck store, CancellationToken ended)
    {
        var result = await AskAsync();

        // After the first refusal a store fetches new credentials and corrects its clock; only the second refusal counts.
        if (result.Status == PutStatus.Unauthorized)
            result = await AskAsync();
        if (result.Status == PutStatus.Stored || HasTried(output.Settings.Name))
            return;

        LogMissing(output.Settings.Name, output.Settings.Buffer.Fate, $"{output.Store.Description}: {Connectivity.Refusal(result)}");
        books.Output(output.Settings.Name).Failed(result.Status == PutStatus.Unauthorized ? AttemptResult.Unauthorized : AttemptResult.Unavailable, result.Message);

        Task<PutResult> AskAsync() => Connectivity.AskAsync(store.CheckAsync, output.Settings.Retry.AttemptTimeout, ended);
    }

    private async Task<bool> HasTriedAsync(PipelineOutput output, CancellationToken ended)
    {
        var soon = 3 * output.Settings.Batch.MaxAge;
        await Task.Delay(soon < WaitForObject ? soon : WaitForObject, ended);
        return HasTried(output.Settings.Name);
    }

    /// <summary>An upload has been tried; its result says more than a check.</summary>
    private bool HasTried(string output) => books.Snapshot().Outputs.Any(one => one.Book.Name == output && one.Figures.Attempts.Total > 0);

    [LoggerMessage(Level = LogLevel.Information, Message = "output {Output} stores to {Store}")]
    private partial void LogOutput(string output, string store);

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output} cannot write to its store yet; records wait on disk and {Fate}: {Why}")]
    private partial void LogMissing(string output, string fate, string why);
}
