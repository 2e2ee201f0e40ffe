using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>What came back for a request: the store's answer, or why there is none.</summary>
/// <param name="Status">Of no meaning without an answer.</param>
/// <param name="Text">The beginning of the answer's body.</param>
/// <param name="Headers">Of the answer.</param>
/// <param name="RetryAfter">What the store asked us to wait.</param>
/// <param name="Failure">Why there is no answer.</param>
internal sealed record StoreAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders? Headers, TimeSpan? RetryAfter, PutResult? Failure)
{
    /// <summary>An error's text is a few hundred bytes; no server makes us hold more.</summary>
    private const int MostText = 16 * 1024;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public static StoreAnswer None(PutStatus status, string why) => new(default, "", null, null, new PutResult(status, why));

    /// <summary>Reads the answer, as much as there is of it: its status alone decides.</summary>
    public static async Task<StoreAnswer> ReadAsync(HttpResponseMessage response, TimeProvider clock, CancellationToken cancellation)
    {
        return new StoreAnswer(
            response.StatusCode,
            await TextAsync(response.Content, cancellation).ConfigureAwait(false),
            response.Headers,
            Http.RetryAfter.Of(response, clock.GetUtcNow()),
            null);
    }

    public string? Header(string name) => Headers is not null && Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    public PutResult As(PutStatus status, string message) => new(status, message, RetryAfter);

    private static async Task<string> TextAsync(HttpContent content, CancellationToken cancellation)
    {
        var text = new byte[MostText];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            length = await stream.ReadAtLeastAsync(text, MostText, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status is known; the words for the log are not worth another attempt.
        }

        return Encoding.UTF8.GetString(text.AsSpan(0, length));
    }
}
