using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Beneath the SDK: one request for each attempt (I13), whatever the SDK would do about redirects, clock skew, stale connections
/// or a bucket in another region. The answer is read here, with a limit, and decides; the SDK gets a copy.
/// </summary>
internal sealed class S3Transport(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly AskFirst _askFirst = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var attempt = S3Attempt.Current;
        if (request.Method != attempt.Method || !attempt.TrySend(request.RequestUri))
            throw new InvalidOperationException($"the SDK wants a second request in one attempt: {request.Method}");

        // The SDK would ask first for every PUT.
        request.Headers.ExpectContinue = _askFirst.For(request.Content?.Headers.ContentLength);
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        _askFirst.Answered(response.StatusCode);
        await attempt.AnsweredAsync(response, cancellationToken).ConfigureAwait(false);

        // Without it the SDK has no other host to send the body to.
        response.Headers.Location = null;
        LimitedAnswers.Replace(response, attempt.Answer!.Body);
        return response;
    }
}
