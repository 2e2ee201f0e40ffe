using System.Net;
using System.Text;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Sends a large object so that the next attempt goes on where this one was cut ("Resumable uploads", Cloud Storage). The object
/// comes to be with its last byte, once, and under the condition that the session was begun with.
/// </summary>
internal sealed class ResumableUpload(StoreClient client, RequestAuthorization authorization)
{
    /// <summary>Resume Incomplete: 308 means something else in the rest of the world.</summary>
    private const HttpStatusCode Incomplete = HttpStatusCode.PermanentRedirect;

    private const string RangePrefix = "bytes=0-";

    private readonly ResumableSessions _sessions = new();

    public async Task<PutResult> PutAsync(ObjectToPut item, Uri start, string resource, string crc32C, CancellationToken cancellation)
    {
        if (_sessions.TryGet(item.Key, out var session))
        {
            // (a) An earlier attempt was cut: how much has arrived? A refusal here is of the session, not of the object: it is
            // gone, or bytes of the cut connection came in after the question and ours no longer fit. It is forgotten then.
            var status = await SendAsync(session, item, null, cancellation).ConfigureAwait(false);
            var continued = await ContinueAsync(item, crc32C, session, status, cancellation).ConfigureAwait(false);
            if (continued.Status != PutStatus.Rejected && !IsGone(status))
                return continued;
        }

        // (b) A new session, and all of the body.
        var begun = await BeginAsync(start, item, resource, cancellation).ConfigureAwait(false);
        if (begun.Failure is { } failure)
            return failure;
        if (begun.Status != HttpStatusCode.OK)
            return GcsAnswers.Refusal(begun, item.OnlyIfAbsent);
        if (begun.Headers?.Location is not { } location)
            return new PutResult(PutStatus.Unavailable, "Google began an upload and did not say where");

        session = GcsPlace.SessionAt(start, location);
        _sessions.Add(item.Key, session);
        return await ContinueAsync(item, crc32C, session, await SendAsync(session, item, 0, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends the rest for as long as the store takes more of it each time.</summary>
    private async Task<PutResult> ContinueAsync(ObjectToPut item, string crc32C, Uri session, StoreAnswer answer, CancellationToken cancellation)
    {
        long arrived = -1;
        while (answer.Failure is null && answer.Status == Incomplete && Arrived(answer) > arrived && Arrived(answer) < item.Length)
        {
            arrived = Arrived(answer);
            answer = await SendAsync(session, item, arrived, cancellation).ConfigureAwait(false);
        }

        if (answer.Failure is { } failure)
            return failure;
        if (answer.Status == Incomplete)
            return answer.As(PutStatus.Unavailable, $"Google has {Arrived(answer)} of {item.Length} bytes and takes no more now");

        var result = GcsAnswers.ToResult(answer, item, crc32C);
        if (result.Status is not (PutStatus.Unavailable or PutStatus.Throttled or PutStatus.Unauthorized) || IsGone(answer))
            _sessions.Remove(item.Key);
        return result;
    }

    private async Task<StoreAnswer> BeginAsync(Uri start, ObjectToPut item, string resource, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, start) { Content = new StringContent(resource, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("X-Upload-Content-Type", item.ContentType);
        request.Headers.TryAddWithoutValidation("X-Upload-Content-Length", $"{item.Length}");
        return await client.SendAsync(request, authorization, cancellation).ConfigureAwait(false);
    }

    /// <param name="session">Where.</param>
    /// <param name="item">What.</param>
    /// <param name="from">From which byte on; null asks what has arrived.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task<StoreAnswer> SendAsync(Uri session, ObjectToPut item, long? from, CancellationToken cancellation)
    {
        using HttpContent content = from is { } first ? new BodyContent(item, first) : new ByteArrayContent([]);
        content.Headers.TryAddWithoutValidation("Content-Range", from is null ? $"bytes */{item.Length}" : $"bytes {from}-{item.Length - 1}/{item.Length}");
        using var request = new HttpRequestMessage(HttpMethod.Put, session) { Content = content };
        return await client.SendAsync(request, authorization, cancellation).ConfigureAwait(false);
    }

    /// <summary>The session has ended, or was never known.</summary>
    private static bool IsGone(StoreAnswer answer) => answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    /// <summary><c>Range: bytes=0-N</c>; without it, nothing has arrived.</summary>
    private static long Arrived(StoreAnswer answer) =>
        answer.Header("Range") is { } range && range.StartsWith(RangePrefix, StringComparison.Ordinal) && long.TryParse(range.AsSpan(RangePrefix.Length), out var last)
            ? last + 1
            : 0;
}
