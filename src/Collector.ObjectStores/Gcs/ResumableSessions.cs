using System.Collections.Concurrent;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Interrupted uploads, by key. They are in memory only: after a restart an upload begins again, and Google deletes the rest of the
/// old one after a week.
/// </summary>
internal sealed class ResumableSessions
{
    /// <summary>More than an output ever has in flight. Above it all are forgotten, which costs sending again.</summary>
    private const int Most = 64;

    private readonly ConcurrentDictionary<string, Uri> _sessions = new(StringComparer.Ordinal);

    public bool TryGet(string key, out Uri session) => _sessions.TryGetValue(key, out session!);

    /// <param name="key">The object's key.</param>
    /// <param name="session">Null when the store has not given its address.</param>
    public void Add(string key, Uri? session)
    {
        if (session is null)
            return;
        if (_sessions.Count >= Most)
            _sessions.Clear();
        _sessions[key] = session;
    }

    public void Remove(string key) => _sessions.TryRemove(key, out _);
}
