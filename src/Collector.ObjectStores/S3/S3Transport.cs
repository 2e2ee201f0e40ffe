using Amazon.Runtime;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Beneath the SDK: one PUT for each attempt (I13), whatever the SDK would do about redirects, clock skew, stale connections
/// or a bucket in another region; and what the SDK does not hand on of the answer is noted.
/// </summary>
internal sealed class S3Transport(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>
    /// From here on the headers are sent alone first: an object that is already there, or a store that throttles, then costs no
    /// transfer. A store that does not know how is waited for a second. The SDK would do so for every PUT.
    /// </summary>
    private const long AskFirstFrom = 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var attempt = S3Attempt.Current;
        if (request.Method != HttpMethod.Put || !attempt.TrySend())
            throw new InvalidOperationException($"the SDK wants a second request in one attempt: {request.Method}");

        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength >= AskFirstFrom;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        attempt.Answered(response);

        // Without it the SDK has no other host to send the body to.
        response.Headers.Location = null;
        return response;
    }
}

/// <summary>Gives the SDK our connections. They outlive no client: the SDK disposes the <see cref="HttpClient"/> with its own.</summary>
internal sealed class GivenHttpClient(Func<HttpMessageHandler> handler) : HttpClientFactory
{
    /// <summary>Deadlines are the caller's; this one would come first for a large object on a slow line.</summary>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler()) { Timeout = Timeout.InfiniteTimeSpan };
}
