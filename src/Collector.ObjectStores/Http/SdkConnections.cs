using Amazon.Runtime;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Gives Amazon's SDK the connections of this project. They have no deadline, because each caller has its own. The SDK's client
/// disposes the <see cref="HttpClient"/> together with itself.
/// </summary>
/// <param name="create">New ones, to be disposed.</param>
internal sealed class SdkConnections(Func<HttpMessageHandler> create) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(create()) { Timeout = Timeout.InfiniteTimeSpan };
}
