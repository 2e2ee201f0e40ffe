using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>One request to the Blob service, beneath the SDK.</summary>
/// <param name="connections">Connections to the service.</param>
/// <param name="service">The destination of the request.</param>
/// <param name="watch">Watches the body, if there is one.</param>
internal sealed class AzureAttempt(StoreConnections connections, Uri service, StallWatch watch) : SdkAttempt(connections, watch)
{
    /// <summary>
    /// The version of the REST protocol: new enough for every tier and for bearer tokens, old enough for every emulator.
    /// </summary>
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2021_12_02;

    private const string Program = "collector";

    private int _sent;

    /// <summary>The SDK decides nothing itself: no retries, no deadlines, no other version than this.</summary>
    /// <param name="client">A client over this attempt.</param>
    public static BlobClientOptions ToOptions(HttpClient client)
    {
        var options = new BlobClientOptions(Version) { Transport = new HttpClientTransport(client) };
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.ApplicationId = Program;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        return options;
    }

    protected override Uri TargetOf(HttpRequestMessage request) => Interlocked.Exchange(ref _sent, 1) == 0
        ? SdkOrigin.Of(request.RequestUri!, service)
        : throw new InvalidOperationException($"the SDK wants a second request in one attempt: {request.Method}");
}
