using System.Net;
using System.Net.Http.Headers;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The outcome of a request: an answer, or the reason why there is none. The store's own code decides whether the answer comes from
/// the store.
/// </summary>
/// <param name="Status">Meaningless without an answer.</param>
/// <param name="Body">The beginning of the answer's body.</param>
/// <param name="Headers">The answer's headers.</param>
/// <param name="RetryAfter">The pause that the store requested.</param>
/// <param name="Failure">The reason why there is no answer.</param>
internal sealed record StoreAnswer(HttpStatusCode Status, AnswerBody Body, HttpResponseHeaders? Headers, TimeSpan? RetryAfter, PutResult? Failure)
{
    /// <summary>The target of a redirect. Kept here, because the SDKs do not get to see the header.</summary>
    public Uri? RedirectsTo { get; private init; }

    public string Text => Body.Text;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>An HTML page, so its sender is not a store.</summary>
    public bool IsPage => Body.IsPage;

    public static StoreAnswer None(PutStatus status, string why) => new(default, AnswerBody.Empty, null, null, new PutResult(status, why));

    /// <summary>Reads the answer, as much as there is of it.</summary>
    public static async Task<StoreAnswer> ReadAsync(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellation) => new(
        response.StatusCode,
        await AnswerBody.ReadAsync(response, cancellation).ConfigureAwait(false),
        response.Headers,
        Http.RetryAfter.Of(response, now),
        null)
    {
        RedirectsTo = response.Headers.Location,
    };

    /// <summary>
    /// Whether this is how S3 and Azure confirm a written object: that status, a strong ETag, and no body. A page, an error in a
    /// success, or a proxy's or portal's empty success is not: frameworks that answer everything send a weak ETag.
    /// </summary>
    public bool IsReceipt(HttpStatusCode written) =>
        Status == written && Body is { IsWhole: true, IsBlank: true }
        && Header("ETag") is { Length: > 0 } tag && !tag.StartsWith("W/", StringComparison.OrdinalIgnoreCase);

    public string? Header(string name) => Headers is not null && Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>A header, for the log.</summary>
    public string Said(string name) => Header(name) is { } value ? Body.Line(value) : "";

    public PutResult As(PutStatus status, string message) => new(status, message, RetryAfter);
}
