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
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(configured.Retry.AttemptTimeout);
            var result = await store.ProbeAsync(deadline.Token);
            var isWritable = result.Status is PutStatus.Stored or PutStatus.AlreadyThere;
            isFine &= isWritable;
            await output.WriteLineAsync($"outputs.{configured.Name}: {store.Description}: {(isWritable ? "writable" : $"{result.Status}: {result.Message}")}");
        }

        return isFine;
    }
}
