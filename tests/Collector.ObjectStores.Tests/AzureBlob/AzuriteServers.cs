using Collector.ObjectStores.Tests.AzureBlob;
using Collector.Testing.Azure;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteServers))]

namespace Collector.ObjectStores.Tests.AzureBlob;

/// <summary>One Azurite of each kind for all tests, started when the first one asks.</summary>
public sealed class AzuriteServers : IDisposable
{
    private readonly Lazy<Azurite> _plain = new(() => new Azurite(withTls: false));
    private readonly Lazy<Azurite> _tls = new(() => new Azurite(withTls: true));

    public Azurite Plain => _plain.Value;

    /// <summary>Over https, and with bearer tokens.</summary>
    public Azurite Tls => _tls.Value;

    public void Dispose()
    {
        foreach (var server in new[] { _plain, _tls }.Where(server => server.IsValueCreated))
        {
            server.Value.Dispose();
        }
    }
}
