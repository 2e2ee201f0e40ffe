using System.IO.Compression;
using System.Text;

namespace Collector.ObjectStores.Http;

/// <summary>The body of an answer, read with a limit, so that no server can fill our memory.</summary>
/// <param name="Text">Its beginning.</param>
/// <param name="IsWhole">All of it was read.</param>
/// <param name="MediaType">The media type that the answer claims; may be empty.</param>
/// <param name="Secrets">Secrets of our request, which are removed from text for the log.</param>
internal sealed record AnswerBody(string Text, bool IsWhole, string MediaType, EchoedSecrets Secrets)
{
    /// <summary>An error is a few hundred bytes, an object's resource or keys a few thousand.</summary>
    public const int Most = 64 * 1024;

    public static AnswerBody Empty { get; } = new("", true, "", EchoedSecrets.None);

    public bool IsBlank => string.IsNullOrWhiteSpace(Text);

    /// <summary>An HTML page. Some stores use its media type for an empty body, too.</summary>
    public bool IsPage => !IsBlank && (MediaType == "text/html" || BeginsAs("<html") || BeginsAs("<!doctype html"));

    /// <summary>Keeps the part that arrived if the connection breaks. Throws for a cancellation only.</summary>
    public static async Task<AnswerBody> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var bytes = new byte[Most + 1];
        var length = 0;
        var isWhole = false;
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);

            // Nobody asked for it, but some gateways compress their errors all the same.
            if (response.Content.Headers.ContentEncoding is { Count: 1 } encoding && encoding.First() is "gzip" or "x-gzip")
                stream = new GZipStream(stream, CompressionMode.Decompress);
            for (int count; length < bytes.Length && (count = await stream.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false)) > 0;)
            {
                length += count;
            }

            isWhole = length <= Most;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or InvalidDataException)
        {
            // The status is known, and text for the log is not worth another attempt.
        }

        return new AnswerBody(Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(length, Most))), isWhole, response.Content.Headers.ContentType?.MediaType ?? "", new EchoedSecrets(response.RequestMessage));
    }

    /// <summary>For the log, for an answer in an unknown format: its first line, or that it is a page, or no text.</summary>
    public string Words => IsPage ? "a web page" : IsText ? Line(Text) : "a body that is no text";

    /// <summary>The first line of a part of it, for the log. Later lines hold numbers for the server's support.</summary>
    public string Line(string part) => ServerWords.FirstLine(Secrets.Hide(ServerWords.Beginning(part)));

    /// <summary>Compressed and other binary bodies have NULs, or bytes that are not UTF-8, at once.</summary>
    private bool IsText => !Text.AsSpan(0, Math.Min(Text.Length, 256)).ContainsAny('\0', '\uFFFD');

    private bool BeginsAs(string tag) => Text.AsSpan().TrimStart("\uFEFF \r\n\t").StartsWith(tag, StringComparison.OrdinalIgnoreCase);
}
