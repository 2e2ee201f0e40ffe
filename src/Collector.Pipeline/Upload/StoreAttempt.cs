using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Upload;

/// <summary>How one attempt ended; <see cref="Error"/> only with <see cref="AttemptResult.Broken"/> by an exception.</summary>
internal readonly record struct AttemptEnd(AttemptResult Result, string Why = "", TimeSpan? RetryAfter = null, Exception? Error = null)
{
    /// <summary>The key exists, and the store did not show that it has this very object.</summary>
    public bool IsTaken { get; init; }
}

/// <summary>One request to the store, with its deadline. It always ends: it never throws, and never waits without limit.</summary>
internal sealed class StoreAttempt(IObjectStore store, TimeSpan timeout, TimeProvider clock)
{
    /// <summary>
    /// How long a cancelled request may take to end before it is abandoned: a hanging write to a network file system cannot be
    /// cancelled, and must delay neither the next attempt nor a shutdown. If it ends later, it has written the same bytes to the
    /// same key.
    /// </summary>
    private static readonly TimeSpan LeftBehindAfter = TimeSpan.FromSeconds(2);

    /// <param name="item">The object to send.</param>
    /// <param name="mayBeThere">An earlier attempt may have stored it; else "already there" is ours only if the store shows it.</param>
    /// <param name="stop">Cancels the request.</param>
    public async Task<AttemptEnd> SendAsync(ObjectToPut item, bool mayBeThere, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            var put = PutAsync(item, mayBeThere, cancel.Token);
            await Task.WhenAny(put, Task.Delay(Timeout.InfiniteTimeSpan, cancel.Token)).ConfigureAwait(false);
            if (!put.IsCompleted)
            {
                await Task.WhenAny(put, Task.Delay(LeftBehindAfter, clock, CancellationToken.None)).ConfigureAwait(false);
            }

            return put.IsCompleted ? await put.ConfigureAwait(false) : Unanswered(stop);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Unanswered(stop);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new AttemptEnd(AttemptResult.Broken, e.Message, Error: e);
        }
    }

    /// <summary>
    /// If a key exists before anything was sent to it, the object is checked: a load balancer may have sent our request twice.
    /// </summary>
    private async Task<AttemptEnd> PutAsync(ObjectToPut item, bool mayBeThere, CancellationToken cancellation)
    {
        var result = await store.PutAsync(item, cancellation).ConfigureAwait(false);
        if (result.Status != PutStatus.AlreadyThere || mayBeThere)
            return ToEnd(result);

        return await store.LookAsync(item, cancellation).ConfigureAwait(false) switch
        {
            Sight.Ours => ToEnd(result),
            Sight.Unanswered => new AttemptEnd(AttemptResult.Unavailable, $"{result.Message}; the store does not answer whether that object is the collector's own", result.RetryAfter) { IsTaken = true },
            _ => new AttemptEnd(AttemptResult.KeyCollision, result.Message, result.RetryAfter) { IsTaken = true },
        };
    }

    private AttemptEnd Unanswered(CancellationToken stop) => stop.IsCancellationRequested
        ? new AttemptEnd(AttemptResult.Broken, "the collector stops")
        : new AttemptEnd(AttemptResult.Unavailable, $"no answer within attemptTimeout ({timeout.TotalSeconds} s)");

    private static AttemptEnd ToEnd(PutResult result)
    {
        var outcome = result.Status switch
        {
            PutStatus.Stored => AttemptResult.Stored,
            PutStatus.AlreadyThere => AttemptResult.AlreadyThere,
            PutStatus.Conflict => AttemptResult.Conflict,
            PutStatus.Throttled => AttemptResult.Throttled,
            PutStatus.Unauthorized => AttemptResult.Unauthorized,
            PutStatus.Unavailable => AttemptResult.Unavailable,
            PutStatus.Rejected => AttemptResult.Rejected,
            PutStatus.ConditionUnsupported => AttemptResult.ConditionUnsupported,
            _ => throw new InvalidOperationException($"the store answered {result.Status}, which is not a valid answer"),
        };
        return new AttemptEnd(outcome, result.Message, result.RetryAfter);
    }
}
