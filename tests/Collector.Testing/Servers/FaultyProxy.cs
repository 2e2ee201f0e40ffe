using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Servers;

/// <summary>
/// What happens to one request on its way. Bytes of a body count from the object's first one where it is sent in pieces
/// (<c>Content-Range</c>), so that a fault is at the same place however a store sends it.
/// </summary>
public abstract record Fault
{
    /// <summary>Requests with a smaller body pass.</summary>
    public int MinLength { get; init; }

    /// <summary>The store never sees it; this is the answer.</summary>
    public sealed record Answer(int Status, string Body = "", params (string Name, string Value)[] Headers) : Fault;

    /// <summary>The store answers, and nobody hears it.</summary>
    public sealed record LoseAnswer : Fault
    {
        public LoseAnswer(int from = 0) => MinLength = from;
    }

    /// <summary>An answer whose body does not end.</summary>
    public sealed record Flood(int Status) : Fault;

    /// <summary>The request reaches the store twice, as a balancer sends it that heard no answer; the second answer is given.</summary>
    public sealed record Repeat : Fault;

    /// <summary>The connection breaks after so many bytes of the body.</summary>
    public sealed record Cut : Fault
    {
        public Cut(int after) => MinLength = after;
    }

    /// <summary>Nobody reads on after so many bytes of the body.</summary>
    public sealed record Stall : Fault
    {
        public Stall(int after) => MinLength = after;
    }
}

/// <summary>Stands between a store and its server, passes requests on as they are, and does to some what networks do.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing; it is looked at after the end.")]
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly string _target;
    private readonly LoopbackServer _server;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly CancellationTokenSource _end = new();
    private int _requests;

    /// <param name="target">URL of the server behind, without a slash at its end.</param>
    public FaultyProxy(string target)
    {
        _target = target;
        _server = LoopbackServer.Start(AnswerAsync);
    }

    public string Url => _server.Url;

    /// <summary>Whether a request hangs.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>Requests so far.</summary>
    public int Requests => _requests;

    /// <summary>A rule of the server that the one behind does not have: an answer in its place.</summary>
    public Func<HttpRequest, Fault.Answer?>? Rule { get; set; }

    /// <summary>For the next request that it fits.</summary>
    public void Next(Fault fault) => _faults.Enqueue(fault);

    /// <summary>For the next request with a body so large, or with the piece that makes it so large.</summary>
    public void Next(Fault fault, int from) => _faults.Enqueue(fault with { MinLength = from });

    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
            return;

        await _end.CancelAsync();
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        switch (FaultFor(context.Request))
        {
            case Fault.Answer answer:
                await GiveAsync(context.Response, answer);
                break;
            case Fault.LoseAnswer:
                using (await ForwardAsync(context.Request, context.Request.Body))
                {
                    context.Abort();
                }

                break;
            case Fault.Flood flood:
                await FloodAsync(context.Response, flood.Status);
                break;
            case Fault.Repeat:
                await RepeatAsync(context);
                break;
            case Fault.Cut cut:
                await CutAsync(context, Within(context.Request, cut.MinLength));
                break;
            case Fault.Stall stall:
                await context.Request.Body.ReadExactlyAsync(new byte[Within(context.Request, stall.MinLength)]);
                IsStalled = true;
                await Task.Delay(Timeout.Infinite, _end.Token).ContinueWith(_ => context.Abort(), TaskScheduler.Default);
                break;
            default:
                await PassAsync(context);
                break;
        }
    }

    private Fault? FaultFor(HttpRequest request)
    {
        if (Rule?.Invoke(request) is { } ruled)
            return ruled;
        return _faults.TryPeek(out var fault) && EndOf(request) >= fault.MinLength && _faults.TryDequeue(out var taken) ? taken : null;
    }

    /// <summary>How much of the object has been sent when this request has.</summary>
    private static long EndOf(HttpRequest request) =>
        ContentRangeHeaderValue.TryParse(request.Headers.ContentRange, out var range) ? range.To + 1 ?? 0 : request.ContentLength ?? 0;

    /// <summary>A place in the object as one in this request.</summary>
    private static int Within(HttpRequest request, int place) => place - (int)(EndOf(request) - (request.ContentLength ?? 0));

    private static Task GiveAsync(HttpResponse response, Fault.Answer answer)
    {
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        return answer.Body.Length > 0 ? response.WriteAsync(answer.Body) : Task.CompletedTask;
    }

    private async Task FloodAsync(HttpResponse response, int status)
    {
        var block = new byte[64 * 1024];
        response.StatusCode = status;
        response.Headers.ETag = "\"abc\"";
        try
        {
            while (!_end.IsCancellationRequested && !response.HttpContext.RequestAborted.IsCancellationRequested)
            {
                await response.Body.WriteAsync(block, response.HttpContext.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It has had enough.
        }
    }

    private async Task CutAsync(HttpContext context, int after)
    {
        try
        {
            using var _ = await ForwardAsync(context.Request, new CutStream(context.Request.Body, after));
        }
        catch (HttpRequestException)
        {
            // The server behind was cut off, too.
        }

        context.Abort();
    }

    private async Task RepeatAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using (await ForwardAsync(context.Request, new MemoryStream(body.ToArray())))
        {
            context.Request.Body = new MemoryStream(body.ToArray());
        }

        await PassAsync(context);
    }

    private async Task PassAsync(HttpContext context)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await ForwardAsync(context.Request, context.Request.Body);
        }
        catch (HttpRequestException)
        {
            context.Abort();
            return;
        }

        using (answer)
        {
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var header in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key is not "Transfer-Encoding" and not "Connection" and not "Keep-Alive"))
            {
                // Where an upload goes on is at the proxy, too.
                context.Response.Headers[header.Key] = header.Value.Select(value => value.Replace(_target, Url, StringComparison.Ordinal)).ToArray();
            }

            var body = await answer.Content.ReadAsByteArrayAsync();
            if (body.Length > 0 && context.Request.Method != "HEAD")
                await context.Response.Body.WriteAsync(body);
        }
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpRequest request, Stream body)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), _target + request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget)
        {
            Content = request.Method is "GET" or "HEAD" ? null : new StreamContent(body),
            Version = HttpVersion.Version11,
        };
        foreach (var (name, value) in request.Headers.Where(header => header.Key is not "Expect" and not "Connection"))
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
        }

        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, request.HttpContext.RequestAborted);
    }

    /// <summary>A stream that breaks after so many bytes.</summary>
    private sealed class CutStream(Stream body, int left) : Stream
    {
        private int _left = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
                throw new IOException("cut");
            var count = await body.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
