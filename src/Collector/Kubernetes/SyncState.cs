namespace Collector.Kubernetes;

/// <summary>Whether an informer is up to date, and since when it is not. Thread safe.</summary>
internal sealed class SyncState(TimeProvider clock)
{
    private long _lostAt = clock.GetTimestamp();
    private volatile bool _isSynced;

    /// <summary>Was up to date once.</summary>
    public bool HasSynced { get; private set; }

    public bool IsSynced => _isSynced;

    /// <summary>For how long it has not been up to date; zero while it is.</summary>
    public TimeSpan Behind => _isSynced ? TimeSpan.Zero : clock.GetElapsedTime(Interlocked.Read(ref _lostAt));

    public void Found()
    {
        _isSynced = true;
        HasSynced = true;
    }

    public void Lost()
    {
        if (_isSynced)
        {
            Interlocked.Exchange(ref _lostAt, clock.GetTimestamp());
            _isSynced = false;
        }
    }
}
