using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;

namespace Collector.ObjectStores.Tests.Gcs;

/// <summary>Over the strict server of the JSON API, with tokens of a metadata server.</summary>
public sealed class GcsReaderTests : ObjectReaderContract
{
    private readonly GcsServer _server = new();
    private readonly MetadataServer _metadata = new();

    public GcsReaderTests()
    {
        _server.MayLook = true;
        _server.IsToken = token => _metadata.Issued.Contains(token);
        var settings = new GcsSettings { Bucket = GcsBucket.Name, Endpoint = _server.Url, Identity = new() { Type = GoogleIdentityType.WorkloadIdentity } };
        var variables = new Dictionary<string, string> { ["GCE_METADATA_HOST"] = _metadata.Host, ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };
        Store = new GcsObjectStore(settings, variables.GetValueOrDefault, TimeProvider.System);
        Reader = new GcsObjectReader(settings, variables.GetValueOrDefault);
        Stranger = new GcsObjectReader(settings with { Identity = new() { Type = GoogleIdentityType.None } }, _ => null);
    }

    protected override IObjectStore Store { get; }

    protected override IObjectReader Reader { get; }

    protected override IObjectReader? Stranger { get; }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
        await _metadata.DisposeAsync();
    }
}
