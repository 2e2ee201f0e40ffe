namespace Collector.Kubernetes;

/// <summary>Whether an informer is up to date, and whether it may still become so. Thread safe.</summary>
internal sealed class SyncState(TimeProvider clock)
{
    /// <summary>Boxed, so that it is set atomically; null: the last answer was not a refusal.</summary>
    private volatile object? _refusedSince;
    private volatile bool _isSynced;

    /// <summary>It was up to date once.</summary>
    public bool HasSynced { get; private set; }

    public bool IsSynced => _isSynced;

    /// <summary>
    /// For how long the API has answered with refusals only. A server that is away does not refuse: it told this node of the new
    /// pod a moment ago.
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
