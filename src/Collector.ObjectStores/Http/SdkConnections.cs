using Amazon.Runtime;

namespace Collector.ObjectStores.Http;

/// <summary>Gives Amazon's SDK our connections. They outlive no client: it disposes the <see cref="HttpClient"/> with its own.</summary>
/// <param name="create">New ones, to be disposed.</param>
/// <param name="deadline">Of a whole request; infinite where the caller has one of its own.</param>
internal sealed class SdkConnections(Func<HttpMessageHandler> create, TimeSpan deadline) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(create()) { Timeout = deadline };
}
