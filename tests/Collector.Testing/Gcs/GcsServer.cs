using System.Text.Json.Nodes;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Collector.Testing.Gcs;

/// <summary>
/// A stand-in for Cloud Storage's JSON API with one bucket: uploads, and where <see cref="MayLook"/> says so
/// lists (in the order of names, 1,000 a page, <c>startOffset</c> inclusive, names cut behind a delimiter) and reads (<c>alt=media</c>, 206
/// from an offset on, 416 behind the end); a writer may do neither. Rules,
/// from the reference of <c>objects.insert</c>, "Uploads and downloads", "Perform resumable uploads", "Request preconditions",
/// "Object naming" and "HTTP status and error codes for JSON":
/// (1) a bearer token that is known, else 401; (2) <c>storage.objects.create</c>, else 403, and to overwrite
/// <c>storage.objects.delete</c>, too; (3) 404 without the bucket; (4) <c>uploadType</c> resumable; the name
/// in the query or in the resource; (5) <c>ifGenerationMatch</c>, 0 for absent, else 412 <c>conditionNotMet</c>, at the
/// begin of a resumable upload and again at its end; (6) a <c>crc32c</c> that is given must be that of the body, else 400;
/// (7) names of 1 to 1,024 bytes without CR and LF, not <c>.</c> and not <c>..</c>; (8) known properties, storage classes and
/// key names alone; (9) of a resumable upload: a Content-Range of what comes next, of the length of the body, of the total
/// announced; 308 with <c>Range</c> while bytes are missing; what is cut is kept in multiples of 256 KiB; 404 for a session
/// that is unknown.
/// </summary>
public sealed class GcsServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly GcsUploads _uploads;

    public GcsServer()
    {
        _uploads = new GcsUploads(Bucket);
        _server = LoopbackServer.Start(AnswerAsync);
    }

    public string Url => _server.Url;

    public GcsBucket Bucket { get; } = new();

    /// <summary>Whether a token is good; null: nobody needs one.</summary>
    public Func<string, bool>? IsToken { get; set; }

    /// <summary>Whether the identity has <c>storage.objects.create</c>.</summary>
    public bool MayCreate { get; set; } = true;

    /// <summary>Whether the identity has <c>storage.objects.get</c>, which no writer needs.</summary>
    public bool MayLook { get; set; }

    /// <summary>What sessions are said to be at; null: this server as it is asked. Emulators name the address that they listen on.</summary>
    public string? SessionsAt { get; set; }

    /// <summary>Requests so far: method, path and query.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Bytes that have arrived for uploads that are not ended.</summary>
    public long Arrived => _uploads.Arrived;

    /// <summary>Uploads of which bytes still come in: the server learns later than its client that a connection was cut.</summary>
    public int Receiving => _uploads.Receiving;

    /// <summary>So many bytes of a connection that was cut come in late: after it was asked how much has arrived.</summary>
    public int ArrivingLate
    {
        set => _uploads.Unsaid = value;
    }

    public void ForgetSessions() => _uploads.Clear();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        lock (Requests)
        {
            Requests.Add($"{request.Method} {request.Path}{request.QueryString}");
        }

        try
        {
            Authorize(request);
            await RouteAsync(context);
        }
        catch (GcsException e)
        {
            context.Response.StatusCode = e.Status;
            context.Response.ContentType = "application/json; charset=UTF-8";
            await context.Response.WriteAsync(e.ToJson().ToJsonString());
        }
        catch (Exception e) when (e is IOException or BadHttpRequestException or OperationCanceledException)
        {
            context.Abort();
        }
    }

    private void Authorize(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (IsToken is { } isToken && !(header.StartsWith("Bearer ", StringComparison.Ordinal) && isToken(header["Bearer ".Length..])))
            throw new GcsException(401, "authError", "Invalid Credentials");
        if (!MayCreate && request.Method != "GET")
            throw new GcsException(403, "forbidden", "collector@p.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object.");
    }

    private async Task RouteAsync(HttpContext context)
    {
        var (request, query) = (context.Request, context.Request.Query);
        if (request.Path.StartsWithSegments("/storage/v1/b"))
        {
            await LookAsync(context);
            return;
        }

        if (!request.Path.StartsWithSegments("/upload/storage/v1/b", out var rest))
            throw new GcsException(404, "notFound", "Not Found");
        if (rest != $"/{GcsBucket.Name}/o")
            throw new GcsException(404, "notFound", "The specified bucket does not exist.");
        if (request.ContentLength is null)
            throw new GcsException(411, "required", "You must provide the Content-Length HTTP header.");

        var insert = new GcsInsert(query["name"].ToString(), query["ifGenerationMatch"].ToString(), query["kmsKeyName"].ToString());
        switch (request.Method, query["uploadType"].ToString())
        {
            case ("POST", "resumable"):
                context.Response.Headers.Location =
                    $"{SessionsAt ?? Url}{request.Path}?uploadType=resumable&upload_id={await _uploads.BeginAsync(request, insert)}";
                break;
            case ("PUT", "resumable"):
                if (await _uploads.ContinueAsync(context, query["upload_id"].ToString()) is { } stored)
                    await DoneAsync(context, stored);
                break;
            default:
                throw new GcsException(400, "badRequest", "Invalid Upload Request");
        }
    }

    private static Task DoneAsync(HttpContext context, GcsObject stored)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        return context.Response.WriteAsync(new JsonObject
        {
            ["kind"] = "storage#object",
            ["name"] = stored.Name,
            ["bucket"] = GcsBucket.Name,
            ["generation"] = $"{stored.Generation}",
            ["size"] = $"{stored.Body.Length}",
            ["crc32c"] = GcsBucket.Crc32C(stored.Body),
            ["metadata"] = new JsonObject(stored.Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        }.ToJsonString());
    }

    /// <summary><c>objects.list</c>, and <c>objects.get</c>, of properties or with <c>alt=media</c> of the bytes.</summary>
    private Task LookAsync(HttpContext context)
    {
        if (!MayLook)
            throw new GcsException(403, "forbidden", "collector@p.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object.");
        var prefix = $"/storage/v1/b/{GcsBucket.Name}/o/";
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        if (context.Request.Method == "GET" && context.Request.Path == prefix.TrimEnd('/'))
            return context.Response.WriteAsJsonAsync(Bucket.List(context.Request.Query));
        if (context.Request.Method != "GET" || !path.StartsWith(prefix, StringComparison.Ordinal) || Bucket.Find(Uri.UnescapeDataString(path[prefix.Length..].Split('?')[0])) is not { } there)
            throw new GcsException(404, "notFound", "No such object");
        return context.Request.Query["alt"] == "media" ? GiveAsync(context, there) : DoneAsync(context, there);
    }

    /// <summary>From where the range begins.</summary>
    private static async Task GiveAsync(HttpContext context, GcsObject there)
    {
        var from = (int)(context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0);
        if (from > 0 && from >= there.Body.Length)
            throw new GcsException(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
        context.Response.StatusCode = from > 0 ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        context.Response.ContentType = there.ContentType;
        context.Response.ContentLength = there.Body.Length - from;
        await context.Response.Body.WriteAsync(there.Body.AsMemory(from));
    }
}
