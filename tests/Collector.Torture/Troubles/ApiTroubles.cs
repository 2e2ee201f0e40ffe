using Collector.Testing.Kubernetes;
using Collector.Testing.Mix;

namespace Collector.Torture.Troubles;

/// <summary>The Kubernetes API of a run: away, without an answer, with watches that break or have expired.</summary>
internal sealed class ApiTroubles : IDisposable
{
    public ApiTroubles() => Server.StartAsync().GetAwaiter().GetResult();

    public FakeApi Server { get; } = new();

    public Action Begin(SeededRandom random)
    {
        switch (random.Below(4))
        {
            case 0:
                Server.StopAsync().GetAwaiter().GetResult();
                return () => Server.StartAsync().GetAwaiter().GetResult();
            case 1:
                Server.Faults.Hangs = true;
                return () => Server.Faults.Hangs = false;
            case 2:
                Server.Store.Compact();
                Server.Faults.CutWatches();
                return () => { };
            default:
                Server.Faults.CutNextEvent();
                Server.Faults.CutWatches();
                return () => { };
        }
    }

    public void Dispose() => Server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
