namespace Collector.ObjectStores.Http;

/// <summary>
/// Ends a request whose body makes no progress, long before its deadline would: a connection that nobody reads any more, through
/// which nothing will come however long one waits (S-83). From the body's last byte on the deadline alone counts: what the
/// kernel still holds may take its time, and cannot be watched.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>Longer than a lost segment is sent again by TCP several times over; a third of the default deadline.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _either;

    public StallWatch(TimeProvider clock, CancellationToken cancellation)
    {
        _stalled = new CancellationTokenSource(Limit, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, cancellation);
    }

    /// <summary>Ends the request: for want of progress, or because the caller says so.</summary>
    public CancellationToken Token => _either.Token;

    public bool IsStalled => _stalled.IsCancellationRequested;

    /// <summary>Bytes were accepted: the time begins anew.</summary>
    public void Progress() => _stalled.CancelAfter(Limit);

    /// <summary>The body is out.</summary>
    public void Stop() => _stalled.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _stalled.Dispose();
    }
}
