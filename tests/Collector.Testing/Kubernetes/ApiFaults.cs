using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Kubernetes;

/// <summary>What goes wrong between the server and its clients. May be changed at any time.</summary>
public sealed class ApiFaults : IDisposable
{
    private readonly ConcurrentQueue<(string Verb, int Code, TimeSpan? RetryAfter)> refusals = new();
    private readonly ConcurrentQueue<(string Verb, Action Action)> afterwards = new();
    private readonly ConcurrentQueue<(int Code, string Message)> failures = new();
    private int cuts;
    private CancellationTokenSource cut = new();

    /// <summary>Bodies are written in pieces of so many bytes, each sent at once; 0: as they come.</summary>
    public int PieceSize { get; set; }

    /// <summary>All watches are answered 200 and an ERROR event of code 410.</summary>
    public bool ExpiresWatches { get; set; }

    /// <summary>The next watch is answered 200 and an ERROR event of this code.</summary>
    public void FailNextWatch(int code, string message) => failures.Enqueue((code, message));

    /// <summary>A server without a watch cache, or before it is filled: also lists of any version are paged.</summary>
    public bool ListsFromStorage { get; set; }

    /// <summary>Requests are accepted and never answered.</summary>
    public bool Hangs { get; set; }

    /// <summary>The next request of that verb gets this code instead of an answer.</summary>
    public void Refuse(string verb, int code, TimeSpan? retryAfter = null) => refusals.Enqueue((verb, code, retryAfter));

    /// <summary>Once the next request of that verb has been answered.</summary>
    public void AfterNext(string verb, Action action) => afterwards.Enqueue((verb, action));

    /// <summary>The next event of a watch is sent by half, and the connection broken.</summary>
    public void CutNextEvent() => Interlocked.Increment(ref cuts);

    /// <summary>Breaks the watches that there are now.</summary>
    public void CutWatches()
    {
        using CancellationTokenSource broken = Interlocked.Exchange(ref cut, new CancellationTokenSource());
        broken.Cancel();
    }

    public void Dispose() => cut.Dispose();

    internal CancellationToken Cut => cut.Token;

    internal void Answered(string verb)
    {
        if (afterwards.TryPeek(out var next) && next.Verb == verb && afterwards.TryDequeue(out next)) next.Action();
    }

    internal ApiStatusException? TakeFailure() => failures.TryDequeue(out var failure) ? new ApiStatusException(failure.Code, "InternalError", failure.Message) : null;

    internal bool TakeCut()
    {
        if (Interlocked.Decrement(ref cuts) >= 0) return true;
        Interlocked.Increment(ref cuts);
        return false;
    }

    internal async Task<bool> TryAnswerAsync(HttpContext context, string verb)
    {
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }

        if (!refusals.TryPeek(out var refusal) || refusal.Verb != verb || !refusals.TryDequeue(out refusal)) return false;
        context.Response.StatusCode = refusal.Code;
        if (refusal.RetryAfter is { } pause) context.Response.Headers.RetryAfter = ((int)pause.TotalSeconds).ToString();
        await context.Response.WriteAsync("refused\n");
        return true;
    }
}
