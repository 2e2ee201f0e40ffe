using System.Net;
using System.Net.Http.Headers;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>What came back for a request: somebody's answer, or why there is none. Whether it is the store's is for the store to say.</summary>
/// <param name="Status">Of no meaning without an answer.</param>
/// <param name="Body">The beginning of the answer's body.</param>
/// <param name="Headers">Of the answer.</param>
/// <param name="RetryAfter">What the store asked us to wait.</param>
/// <param name="Failure">Why there is no answer.</param>
internal sealed record StoreAnswer(HttpStatusCode Status, AnswerBody Body, HttpResponseHeaders? Headers, TimeSpan? RetryAfter, PutResult? Failure)
{
    public string Text => Body.Text;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>A page for people: whoever gave it is no store.</summary>
    public bool IsPage => Body.IsPage;

    public static StoreAnswer None(PutStatus status, string why) => new(default, AnswerBody.Empty, null, null, new PutResult(status, why));

    /// <summary>Reads the answer, as much as there is of it.</summary>
    public static async Task<StoreAnswer> ReadAsync(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellation) => new(
        response.StatusCode,
        await AnswerBody.ReadAsync(response, cancellation).ConfigureAwait(false),
        response.Headers,
        Http.RetryAfter.Of(response, now),
        null);

    /// <summary>
    /// Whether this is how S3 and Azure say that an object was written: that status, a strong ETag, and no body. A page, an
    /// error in a success, an empty success of a proxy or a portal are not: frameworks that answer everything give a weak ETag.
    /// </summary>
    public bool IsReceipt(HttpStatusCode written) =>
        Status == written && Body is { IsWhole: true, IsBlank: true }
        && Header("ETag") is { Length: > 0 } tag && !tag.StartsWith("W/", StringComparison.OrdinalIgnoreCase);

    public string? Header(string name) => Headers is not null && Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>A header, for the log.</summary>
    public string Said(string name) => Header(name) is { } value ? Body.Line(value) : "";

    public PutResult As(PutStatus status, string message) => new(status, message, RetryAfter);
}
