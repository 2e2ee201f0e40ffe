using Collector.Testing.Azure;
using Collector.Testing.Servers;

namespace Collector.ObjectStores.Tests.AzureBlob;

/// <summary>The contract with nothing configured, and what the webhook puts into a pod: tokens of Entra ID over TLS.</summary>
public sealed class WorkloadIdentityTests : AzuriteContract
{
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly ClusterIssuer _cluster = new();
    private readonly EntraServer _entra;

    public WorkloadIdentityTests(AzuriteServers servers)
        : base(servers.Tls)
    {
        CaFile = servers.Tls.CaFile;
        _entra = new EntraServer(_cluster);
        File.WriteAllText(_tokenFile, _cluster.TokenFor(EntraServer.Subject, EntraServer.Audience, DateTimeOffset.UtcNow));
        Environment = new Dictionary<string, string>
        {
            ["AZURE_CLIENT_ID"] = EntraServer.Client,
            ["AZURE_TENANT_ID"] = EntraServer.Tenant,
            ["AZURE_FEDERATED_TOKEN_FILE"] = _tokenFile,
            ["AZURE_AUTHORITY_HOST"] = _entra.Url + "/",
            ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1",
        };
    }

    protected override string CaFile { get; }

    protected override IReadOnlyDictionary<string, string> Environment { get; }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _entra.DisposeAsync();
        _cluster.Dispose();
        File.Delete(_tokenFile);
    }
}
