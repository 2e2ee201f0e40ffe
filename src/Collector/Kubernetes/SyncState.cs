namespace Collector.Kubernetes;

/// <summary>Whether an informer is up to date, and whether it may still come to be. Thread safe.</summary>
internal sealed class SyncState(TimeProvider clock)
{
    /// <summary>Boxed, so that it is set at once; null: the last answer was no refusal.</summary>
    private volatile object? _refusedSince;
    private volatile bool _isSynced;

    /// <summary>Was up to date once.</summary>
    public bool HasSynced { get; private set; }

    public bool IsSynced => _isSynced;

    /// <summary>
    /// For how long all that the API said was that it will not tell. A server that is away is no refusal: who is new to this node
    /// was told of by it a moment ago.
    /// </summary>
    public TimeSpan Refused => _refusedSince is long since ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    public void Found()
    {
        _refusedSince = null;
        _isSynced = true;
        HasSynced = true;
    }

    public void Lost(bool isRefused)
    {
        _refusedSince = isRefused ? _refusedSince ?? clock.GetTimestamp() : null;
        _isSynced = false;
    }
}
