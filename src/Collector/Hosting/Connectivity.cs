using Collector.Configuration;
using Collector.Pipeline.Upload;

namespace Collector.Hosting;

/// <summary>Proves that every store can be written to (<c>validate --connect</c>).</summary>
internal static class Connectivity
{
    /// <summary>Prints a line a output; false when one of them cannot be written to.</summary>
    public static async Task<bool> CheckAsync(CollectorConfiguration config, TextWriter output, CancellationToken cancellation)
    {
        var isFine = true;
        foreach (var configured in config.Outputs)
        {
            await using var store = StoreMapping.Create(configured);
            var result = await ProbeAsync(store, configured.Retry.AttemptTimeout, cancellation);
            var isWritable = result.Status is PutStatus.Stored or PutStatus.AlreadyThere;
            isFine &= isWritable;
            await output.WriteLineAsync($"outputs.{configured.Name}: {store.Description}: {Verdict(result, isWritable)}");
        }

        return isFine;
    }

    /// <summary>A store that hangs is one that cannot be written to; the others are looked at all the same.</summary>
    private static async Task<PutResult> ProbeAsync(IObjectStore store, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        try
        {
            return await store.ProbeAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new PutResult(PutStatus.Unavailable, $"no answer within retry.attemptTimeout ({timeout.TotalSeconds} s)");
        }
    }

    private static string Verdict(PutResult result, bool isWritable) =>
        !isWritable ? $"{result.Status}: {result.Message}" : result.Message.Length > 0 ? $"writable; {result.Message}" : "writable";
}
