namespace Collector.ObjectStores.Http;

/// <summary>What all attempts share: connections, and what was learned about the server.</summary>
internal sealed class StoreConnections(HttpStoreSettings settings, TimeProvider clock) : IDisposable
{
    public HttpMessageInvoker Http { get; } = new(HttpTransport.Create(settings.CaFile, settings.Proxy));

    public AskFirst AskFirst { get; } = new();

    /// <summary>The service's time, learned from its answers.</summary>
    public ServerClock Clock { get; } = new(clock);

    public void Dispose() => Http.Dispose();
}
