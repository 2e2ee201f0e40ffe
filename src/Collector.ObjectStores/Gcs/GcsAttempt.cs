using System.Net;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// One upload, beneath the SDK: a session is begun, or asked for its progress, and then each piece is sent once, so that every
/// request is ahead of the one before. Or one HEAD of an object.
/// </summary>
/// <param name="connections">To the service.</param>
/// <param name="place">Where the bucket is.</param>
/// <param name="watch">Watches the body, if there is one.</param>
internal sealed class GcsAttempt(StoreConnections connections, GcsPlace place, StallWatch watch) : SdkAttempt(connections, watch)
{
    /// <summary>Resume Incomplete: Google uses 308 with a meaning of its own.</summary>
    public const HttpStatusCode Incomplete = HttpStatusCode.PermanentRedirect;

    /// <summary>Before the first byte of the body.</summary>
    private const long AtBegin = -2;
    private const long AtQuestion = -1;

    private const int BlockSize = 64 * 1024;

    private readonly StallWatch _watch = watch;
    private long _next = long.MinValue;

    protected override Uri TargetOf(HttpRequestMessage request)
    {
        var at = request.Method != HttpMethod.Put ? AtBegin : request.Content?.Headers.ContentRange?.From ?? AtQuestion;
        if (at < _next)
            throw new InvalidOperationException($"the SDK wants to send byte {at} a second time in one attempt");
        _next = at + 1;
        Watch(request);
        return place.TargetOf(request.Method, request.RequestUri!);
    }

    /// <summary>A session continues at its own address; no other redirect is followed.</summary>
    protected override void Amend(HttpResponseMessage response)
    {
        if (response.Headers.Location is { } location)
            response.Headers.Location = response.StatusCode == HttpStatusCode.OK ? GcsPlace.SessionAt(Asked!, location) : null;
    }

    /// <summary>
    /// The SDK has read the whole piece into memory. The watch sees block by block what the store accepts, and waits until the
    /// answer if another piece follows, because sockets hold most of a piece. Ending such an upload too early costs little, because
    /// the next attempt resumes it.
    /// </summary>
    private void Watch(HttpRequestMessage request)
    {
        if (request.Method != HttpMethod.Put || request.Content is not { Headers.ContentLength: { } length and > 0 } piece)
        {
            _watch.Stop();
            return;
        }

        _watch.Progress();
        request.Content = new StreamContent(
            new WatchedBody(piece.ReadAsStream(), length, _watch) { IsUnwatchedAfterEnd = piece.Headers.ContentRange is { To: var last, Length: var all } && last + 1 == all }, BlockSize);
        foreach (var (name, values) in piece.Headers.NonValidated)
        {
            request.Content.Headers.TryAddWithoutValidation(name, values);
        }
    }
}
