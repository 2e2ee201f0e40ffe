namespace Collector.ObjectStores.Http;

/// <summary>
/// Ends a request with a body that makes no progress, long before its deadline: a dead connection, on which waiting does not help
/// (S-83). After the body's last byte only the deadline counts, because the kernel's buffers cannot be watched.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>Longer than several TCP retransmissions of a lost segment; a third of the default deadline.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stalled;
    private readonly CancellationTokenSource _either;

    public StallWatch(TimeProvider clock, CancellationToken cancellation)
    {
        _stalled = new CancellationTokenSource(Limit, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalled.Token, cancellation);
    }

    /// <summary>Ends the request, because there is no progress or because the caller cancels.</summary>
    public CancellationToken Token => _either.Token;

    public bool IsStalled => _stalled.IsCancellationRequested;

    /// <summary>Bytes were accepted: the time starts again.</summary>
    public void Progress() => _stalled.CancelAfter(Limit);

    /// <summary>The body is sent completely.</summary>
    public void Stop() => _stalled.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _stalled.Dispose();
    }
}
