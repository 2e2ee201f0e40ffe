using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Gcs;

/// <summary>The resumable uploads of <see cref="GcsServer"/>.</summary>
internal sealed partial class GcsUploads(GcsBucket bucket)
{
    /// <summary>What comes in pieces, and what is kept of a piece that is cut, are multiples of it.</summary>
    private const int Unit = 256 * 1024;

    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>Bytes that have arrived for uploads that are not ended.</summary>
    public long Arrived => _sessions.Values.Where(session => session.Stored is null).Sum(session => session.Body.Length);

    /// <summary>Pieces whose bytes still come in.</summary>
    public int Receiving => _sessions.Values.Count(session => session.IsReceiving);

    /// <summary>Bytes that the answer to the question leaves out of what has arrived, as when those of a connection that was cut still come in.</summary>
    public int Unsaid { get; set; }

    public void Clear() => _sessions.Clear();

    /// <summary>The id of a new session.</summary>
    public async Task<string> BeginAsync(HttpRequest request, GcsInsert insert)
    {
        JsonObject resource;
        try
        {
            resource = (await JsonNode.ParseAsync(request.Body))!.AsObject();
        }
        catch (JsonException)
        {
            throw new GcsException(400, "parseError", "Parse Error");
        }

        if (insert.Name.Length == 0 && resource["name"] is { } name)
            insert = insert with { Name = name.GetValue<string>() };
        bucket.Check(insert, resource);
        var id = Guid.NewGuid().ToString("N");
        _sessions[id] = new Session(insert, resource, long.TryParse(request.Headers["X-Upload-Content-Length"], out var total) ? total : null);
        return id;
    }

    /// <summary>The object when this was its last piece.</summary>
    public async Task<GcsObject?> ContinueAsync(HttpContext context, string id)
    {
        if (!_sessions.TryGetValue(id, out var session))
            throw new GcsException(404, "notFound", "Not Found");
        if (session.Stored is { } stored)
            return stored;

        var range = ContentRange().Match(context.Request.Headers.ContentRange.ToString());
        if (!range.Success || (session.Total is { } announced && $"{announced}" != range.Groups["total"].Value))
            throw new GcsException(400, "badRequest", "Invalid Content-Range.");
        if (range.Groups["from"].Success)
            await TakeAsync(context.Request, session, range);
        else if (context.Request.ContentLength != 0)
            throw new GcsException(400, "badRequest", "A status check has no body.");

        if (session.Body.Length < long.Parse(range.Groups["total"].Value))
        {
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            if (session.Body.Length - (range.Groups["from"].Success ? 0 : Unsaid) is > 0 and var said)
                context.Response.Headers["Range"] = $"bytes=0-{said - 1}";
            return null;
        }

        return session.Stored = bucket.Insert(session.Insert, session.Resource, session.Body.ToArray());
    }

    private static async Task TakeAsync(HttpRequest request, Session session, Match range)
    {
        var (from, to, total) = (long.Parse(range.Groups["from"].Value), long.Parse(range.Groups["to"].Value), long.Parse(range.Groups["total"].Value));
        if (from != session.Body.Length || to - from + 1 != request.ContentLength || (to + 1 < total && (to + 1) % Unit != 0))
            throw new GcsException(400, "badRequest", $"Invalid Content-Range: {session.Body.Length} bytes are here.");
        session.IsReceiving = true;
        try
        {
            await request.Body.CopyToAsync(session.Body);
        }
        finally
        {
            if (session.Body.Length < to + 1)
                session.Body.SetLength(session.Body.Length / Unit * Unit);
            session.IsReceiving = false;
        }
    }

    [GeneratedRegex(@"^bytes (?:(?<from>\d+)-(?<to>\d+)|\*)/(?<total>\d+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex ContentRange();

    private sealed record Session(GcsInsert Insert, JsonObject Resource, long? Total)
    {
        public MemoryStream Body { get; } = new();

        public bool IsReceiving { get; set; }

        public GcsObject? Stored { get; set; }
    }
}
