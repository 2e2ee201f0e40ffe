using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Collector.Testing.S3;

/// <summary>
/// An S3 endpoint before a real server, as strict as Amazon's where that one is lax. From the Amazon S3 API Reference and User
/// Guide it enforces: the signature, its date and its keys (<see cref="SignatureV4"/>); "PutObject": Content-Length, Content-MD5
/// and x-amz-checksum-sha256 against the body; x-amz-content-sha256 against the body; "How to prevent object overwrites with
/// conditional writes": <c>If-None-Match: *</c>, 412 when the object is there, 409 while another conditional write of the key
/// is under way. Beyond it, and on purpose: every method but PUT (and HEAD of a key that was called taken), any query, any x-amz header it has not heard of, any empty header, and
/// different bytes for a key that was put before are <see cref="S3Tally.Violations"/>. Faults are injected as
/// <see cref="Faults"/> says, which may be switched at any time.
/// </summary>
public sealed class StrictS3 : IAsyncDisposable
{
    private static readonly TimeSpan HangUntil = TimeSpan.FromMinutes(10);

    private static readonly string[] KnownHeaders =
    [
        "x-amz-acl", "x-amz-checksum-sha256", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class", "x-amz-tagging",
    ];

    private readonly WebApplication _server;
    private readonly HttpClient _upstream = new();
    private readonly Uri _behind;
    private readonly TimeProvider _clock;
    private readonly SignatureV4 _signatures;
    private readonly ConcurrentDictionary<string, string> _everPut = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _there = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _toldThere = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _conditional = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ends = new();
    private volatile S3FaultPlan _faults = S3FaultPlan.None;

    private StrictS3(WebApplication server, Uri behind, TimeProvider clock)
    {
        _server = server;
        _behind = behind;
        _clock = clock;
        _signatures = new SignatureV4(Keys, clock);
        Keys.Add(S3Rver.AccessKey, S3Rver.AccessKey);
    }

    /// <summary>Path style: <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri Endpoint => new(_server.Urls.First());

    /// <summary>Those of s3rver, and whatever is added.</summary>
    public S3Keys Keys { get; } = new();

    public S3Tally Tally { get; } = new();

    /// <summary>Counts for requests that come from now on.</summary>
    public S3FaultPlan Faults
    {
        get => _faults;
        set => _faults = value;
    }

    /// <summary>Whether the identity has <c>s3:GetObject</c>, which no writer needs.</summary>
    public bool MayLook { get; set; }

    /// <summary>
    /// What the bucket's own rules, such as a policy or a quota, do to a request that is in order: by its path and its headers,
    /// whose names are in lower case. Those of <see cref="S3Fault"/> that are an answer.
    /// </summary>
    public Func<string, IReadOnlyDictionary<string, string>, S3Fault> Rules { get; set; } = static (_, _) => S3Fault.None;

    /// <summary>Listens on loopback until it is disposed.</summary>
    /// <param name="behind">The server that keeps the objects.</param>
    /// <param name="clock">What dates are compared with, and what its answers are dated by.</param>
    public static async Task<StrictS3> StartAsync(Uri behind, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Limits.MaxRequestBodySize = null;
            server.Limits.MinRequestBodyDataRate = null;
        });
        var app = builder.Build();
        var store = new StrictS3(app, behind, clock ?? TimeProvider.System);
        app.Run(store.ServeAsync);
        await app.StartAsync();
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _server.DisposeAsync();
        _upstream.Dispose();
        _ends.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Tally.Requested();
        context.Response.Headers.Date = _clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);

        // Looks are spared: one that is refused for the moment cannot be told from one that is not allowed.
        var fault = context.Request.Method == "HEAD" ? S3Fault.None : Faults.Next();
        if (fault != S3Fault.None)
        {
            Tally.Inject(fault);
        }

        try
        {
            await ServeAsync(context, fault);
        }
        catch (Exception e) when (e is BadHttpRequestException or OperationCanceledException or IOException)
        {
            // The client went away, or we do; it sees the connection end.
            Tally.Answer("gone");
            context.Abort();
        }
        finally
        {
            Tally.Ended();
        }
    }

    private async Task ServeAsync(HttpContext context, S3Fault fault)
    {
        switch (fault)
        {
            case S3Fault.Hang:
                await HangAsync(context);
                return;
            case S3Fault.Reset:
                Reset(context);
                return;
            case S3Fault.ResetInBody:
                await context.Request.Body.ReadExactlyAsync(new byte[(context.Request.ContentLength ?? 0) / 2], context.RequestAborted);
                Reset(context);
                return;
        }

        if (S3Stranger.Of(fault) is { } stranger)
        {
            await AnswerAsync(context, stranger);
            return;
        }

        var request = SignedRequest.Of(context);
        if ((S3Refusal.Of(fault) ?? RefuseHeaders(context, request) ?? S3Refusal.Of(Rules(request.Path, request.Headers))) is { } refusal)
        {
            await AnswerAsync(context, refusal);
            return;
        }

        if (request.Method == "HEAD")
        {
            await LookAsync(context, request.Path);
            return;
        }

        var isConditional = request["if-none-match"] == "*";
        var path = request.Path;
        if (isConditional && !_conditional.TryAdd(path, true))
        {
            await AnswerAsync(context, S3Refusal.Conflict);
            return;
        }

        try
        {
            await PutAsync(context, request, fault, isConditional);
        }
        finally
        {
            if (isConditional)
            {
                _conditional.TryRemove(path, out _);
            }
        }
    }

    private async Task PutAsync(HttpContext context, SignedRequest request, S3Fault fault, bool isConditional)
    {
        if (isConditional && _there.ContainsKey(request.Path))
        {
            _toldThere[request.Path] = true;
            await AnswerAsync(context, S3Refusal.PreconditionFailed);
            return;
        }

        var body = new byte[context.Request.ContentLength ?? 0];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        if (RefuseBody(request, body) is { } refusal)
        {
            await AnswerAsync(context, refusal);
            return;
        }

        Remember(request.Path, request["x-amz-content-sha256"]);
        switch (fault)
        {
            case S3Fault.InternalError:
                await AnswerAsync(context, S3Refusal.InternalError);
                return;
            case S3Fault.HangAfterBody:
                await HangAsync(context);
                return;
        }

        var (status, etag) = await ForwardAsync(context, body);
        if (status == StatusCodes.Status200OK)
        {
            _there[request.Path] = true;
        }

        if (fault == S3Fault.Repeated && isConditional && status == StatusCodes.Status200OK)
        {
            _toldThere[request.Path] = true;
            await AnswerAsync(context, S3Refusal.PreconditionFailed);
            return;
        }

        if (fault == S3Fault.LostResponse)
        {
            Reset(context);
            return;
        }

        if (fault == S3Fault.Slow)
        {
            await Task.Delay(S3FaultPlan.SlowAnswer, context.RequestAborted);
        }

        await AnswerAsync(context, status, etag);
    }

    private async Task AnswerAsync(HttpContext context, S3Stranger stranger)
    {
        Tally.Answer($"stranger {stranger.Status}");
        context.Response.StatusCode = stranger.Status;
        context.Response.Headers.ETag = stranger.ETag;
        if (stranger.Page.Length > 0)
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync(stranger.Page, context.RequestAborted);
        }
    }

    private S3Refusal? RefuseHeaders(HttpContext context, SignedRequest request)
    {
        if (request.Method == "HEAD" && (_toldThere.ContainsKey(request.Path) || request.Path.EndsWith("/.collector-probe", StringComparison.Ordinal)))
            return _signatures.Refuse(request) ?? (MayLook ? null : S3Refusal.AccessDenied);
        if (request.Method != "PUT")
            return Violation(S3Refusal.NotAllowed, $"{request.Method} {request.Path}");
        if (request.Query.Length > 0)
            return Violation(S3Refusal.NotImplemented, $"PUT with a query: {request.Path}?{request.Query}");
        if (context.Request.ContentLength is null)
            return Violation(S3Refusal.NoLength, $"PUT without Content-Length: {request.Path}");
        var strange = request.Headers.Keys.FirstOrDefault(name =>
            request[name].Length == 0 || (name.StartsWith("x-amz-", StringComparison.Ordinal) && !name.StartsWith("x-amz-meta-", StringComparison.Ordinal) && !KnownHeaders.Contains(name)));
        if (strange is not null || request["content-encoding"].Length > 0)
            return Violation(S3Refusal.NotImplemented, $"PUT with {strange ?? "content-encoding"}: {request.Path}");
        if (request["if-none-match"] is not ("" or "*"))
            return Violation(S3Refusal.NotImplemented, $"If-None-Match: {request["if-none-match"]}");
        return _signatures.Refuse(request);
    }

    private async Task LookAsync(HttpContext context, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(_behind, path));
        using var response = await _upstream.SendAsync(request, _ends.Token);
        Tally.Answer($"HEAD {(int)response.StatusCode}");
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Where(header => header.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = values.ToArray();
        }
    }

    private static S3Refusal? RefuseBody(SignedRequest request, byte[] body)
    {
        var hash = SHA256.HashData(body);
        if (request["x-amz-content-sha256"] != Convert.ToHexStringLower(hash))
            return S3Refusal.WrongHash;
        if (request["x-amz-checksum-sha256"] is { Length: > 0 } checksum && checksum != Convert.ToBase64String(hash))
            return S3Refusal.BadDigest;
#pragma warning disable CA5351 // What the protocol has.
        return request["content-md5"] is { Length: > 0 } md5 && md5 != Convert.ToBase64String(MD5.HashData(body)) ? S3Refusal.BadDigest : null;
#pragma warning restore CA5351
    }

    /// <summary>One key, one body, however often it is sent and whatever becomes of it.</summary>
    private void Remember(string path, string sha256)
    {
        if (_everPut.GetOrAdd(path, sha256) != sha256)
        {
            Tally.Violate($"other bytes for {path}");
        }
    }

    private async Task<(int Status, string? ETag)> ForwardAsync(HttpContext context, byte[] body)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_behind, target)) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in context.Request.Headers)
        {
            if (name.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase))
            {
                request.Headers.TryAddWithoutValidation(name, value.ToString());
            }
        }

        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        using var response = await _upstream.SendAsync(request, _ends.Token);
        return ((int)response.StatusCode, response.Headers.ETag?.Tag);
    }

    private async Task AnswerAsync(HttpContext context, int status, string? etag)
    {
        if (status == StatusCodes.Status404NotFound)
        {
            await AnswerAsync(context, S3Refusal.NoBucket);
            return;
        }

        Tally.Answer($"{status}");
        context.Response.StatusCode = status;
        context.Response.Headers.ETag = etag;
    }

    private async Task AnswerAsync(HttpContext context, S3Refusal refusal)
    {
        Tally.Answer(refusal.Code);
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "application/xml";
        if (refusal == S3Refusal.SlowDown)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        if (context.Request.Method != "HEAD")
        {
            await context.Response.WriteAsync(refusal.ToXml(), context.RequestAborted);
        }
    }

    private S3Refusal Violation(S3Refusal refusal, string what)
    {
        Tally.Violate(what);
        return refusal;
    }

    private async Task HangAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ends.Token);
        await Task.Delay(HangUntil, either.Token);
    }

    private void Reset(HttpContext context)
    {
        Tally.Answer("reset");
        context.Abort();
    }
}
