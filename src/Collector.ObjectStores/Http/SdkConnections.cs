using Amazon.Runtime;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Gives Amazon's SDK our connections, without a deadline: callers have their own. They outlive no client: it disposes the
/// <see cref="HttpClient"/> with its own.
/// </summary>
/// <param name="create">New ones, to be disposed.</param>
internal sealed class SdkConnections(Func<HttpMessageHandler> create) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(create()) { Timeout = Timeout.InfiniteTimeSpan };
}
