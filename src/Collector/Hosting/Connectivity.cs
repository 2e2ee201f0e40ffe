using Collector.Configuration;

namespace Collector.Hosting;

/// <summary>Proves that every store can be written to.</summary>
internal static class Connectivity
{
    public static async Task<bool> CheckAsync(CollectorConfiguration config, TextWriter output, CancellationToken cancellation)
    {
        await output.WriteLineAsync("--connect is not built into this version yet".AsMemory(), cancellation);
        return false;
    }
}
