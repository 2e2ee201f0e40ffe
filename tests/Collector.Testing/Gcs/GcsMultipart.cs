using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collector.Testing.Gcs;

/// <summary>A <c>multipart/related</c> upload taken apart, to the byte (RFC 2046 §5.1.1).</summary>
internal static class GcsMultipart
{
    public static (JsonObject Resource, byte[] Body) Parse(string? contentType, byte[] content)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || type.MediaType != "multipart/related"
            || type.Parameters.FirstOrDefault(parameter => parameter.Name == "boundary")?.Value?.Trim('"') is not { Length: > 0 and <= 70 } boundary)
            throw Malformed("no multipart/related with a boundary");

        var rest = content.AsSpan();
        Take(ref rest, $"--{boundary}\r\n");
        if (!TakeHeaders(ref rest).StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            throw Malformed("the first part is no JSON");
        var json = TakeUntil(ref rest, $"\r\n--{boundary}\r\n");
        TakeHeaders(ref rest);
        var body = TakeUntil(ref rest, $"\r\n--{boundary}--").ToArray();
        if (rest.Length > 0)
            Take(ref rest, "\r\n");
        if (rest.Length > 0)
            throw Malformed("more than two parts");
        try
        {
            return (JsonNode.Parse(json)!.AsObject(), body);
        }
        catch (JsonException)
        {
            throw Malformed("the first part is no JSON");
        }
    }

    private static void Take(ref Span<byte> rest, string text)
    {
        if (!rest.StartsWith(Encoding.ASCII.GetBytes(text)))
            throw Malformed($"\"{text.Trim()}\" is missing");
        rest = rest[text.Length..];
    }

    private static string TakeHeaders(ref Span<byte> rest)
    {
        var headers = Encoding.ASCII.GetString(TakeUntil(ref rest, "\r\n\r\n")).Split("\r\n");
        const string name = "Content-Type: ";
        return headers.FirstOrDefault(line => line.StartsWith(name, StringComparison.OrdinalIgnoreCase))?[name.Length..] ?? throw Malformed("a part without a type");
    }

    private static Span<byte> TakeUntil(ref Span<byte> rest, string text)
    {
        var end = rest.IndexOf(Encoding.ASCII.GetBytes(text));
        if (end < 0)
            throw Malformed($"\"{text.Trim()}\" is missing");
        var taken = rest[..end];
        rest = rest[(end + text.Length)..];
        return taken;
    }

    private static GcsException Malformed(string what) => new(400, "badContent", $"Malformed multipart body: {what}.");
}
