namespace Collector.Kubernetes;

/// <summary>
/// The pods of this node by the UID that their paths have, also those that the API has no more but whose logs are still being
/// read. Thread safe.
/// </summary>
internal sealed class PodCache(TimeProvider clock) : IResourceCache
{
    /// <summary>Deleted pods that are kept: more than a node has logs of. Beyond it the one deleted longest ago goes.</summary>
    private const int MostDeleted = 2000;

    /// <summary>A deleted pod's log may be found a little later than its deletion.</summary>
    private static readonly TimeSpan KeptAnyway = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsaved = new(StringComparer.Ordinal);

    /// <summary>Raised, on the informer's task, with the path UIDs of pods that changed.</summary>
    public event Action<IReadOnlySet<string>>? Changed;

    public Pod? Find(string pathUid)
    {
        lock (_gate)
        {
            return _pods.GetValueOrDefault(pathUid);
        }
    }

    /// <summary>A pod by its name, for logs whose path has no UID: only one that has that very container, for names come again.</summary>
    public Pod? Find(string space, string name, string containerId)
    {
        lock (_gate)
        {
            return _pods.Values.FirstOrDefault(p => p.Name == name && p.Namespace == space && p.Containers.Values.Any(c => c.Id == containerId || c.LastId == containerId));
        }
    }

    public void Replace(IReadOnlyList<ApiObject> items)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var item in items)
            {
                Put(item, changed);
            }

            var there = items.Select(i => i.Uid).ToHashSet(StringComparer.Ordinal);
            foreach (var pod in _pods.Values.Where(p => p.DeletedAt is null && !there.Contains(p.Uid)).ToList())
            {
                Delete(pod, changed);
            }
        }

        Tell(changed);
    }

    public void Put(ApiObject item)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            Put(item, changed);
        }

        Tell(changed);
    }

    public void Remove(ApiObject item)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            // The event has the pod's last state: how its containers ended, too. A mirror pod's place may be its successor's by now.
            var isKnown = _pods.Values.Any(p => p.Uid == item.Uid);
            var pod = Pod.From(item, null);
            if (isKnown || !_pods.ContainsKey(pod.PathUid))
            {
                Put(item, changed);
                Delete(_pods[pod.PathUid], changed);
            }
        }

        Tell(changed);
    }

    /// <summary>Takes up what an earlier life knew. The API's word replaces it.</summary>
    public void Load(IEnumerable<Pod> pods)
    {
        lock (_gate)
        {
            foreach (var pod in pods)
            {
                _pods.TryAdd(pod.PathUid, pod);
            }
        }
    }

    /// <summary>Forgets the deleted pods of which there are no logs any more.</summary>
    public void Keep(IReadOnlySet<string> inUse)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var deleted = _pods.Values.Where(p => p.DeletedAt is not null).OrderByDescending(p => p.DeletedAt).ToList();
            foreach (var pod in deleted.Where((p, rank) => rank >= MostDeleted || (!inUse.Contains(p.PathUid) && now - p.DeletedAt > KeptAnyway)))
            {
                _pods.Remove(pod.PathUid);
                _unsaved.Add(pod.PathUid);
            }
        }
    }

    /// <summary>What has changed since the last call: null in place of a pod says that it is forgotten.</summary>
    public IReadOnlyList<(string PathUid, Pod? Pod)> TakeUnsaved()
    {
        lock (_gate)
        {
            var taken = _unsaved.Select(uid => (uid, _pods.GetValueOrDefault(uid))).ToList();
            _unsaved.Clear();
            return taken;
        }
    }

    /// <summary>They could not be saved: they are taken once more.</summary>
    public void GiveBack(IReadOnlyList<(string PathUid, Pod? Pod)> unsaved)
    {
        lock (_gate)
        {
            _unsaved.UnionWith(unsaved.Select(u => u.PathUid));
        }
    }

    private void Put(ApiObject item, HashSet<string> changed)
    {
        if (item.Uid.Length == 0)
        {
            return;
        }

        var known = _pods.Values.FirstOrDefault(p => p.Uid == item.Uid);
        var pod = Pod.From(item, known);
        if (!ReferenceEquals(pod, known))
        {
            _pods[pod.PathUid] = pod;
            Note(pod.PathUid, changed);
        }
    }

    private void Delete(Pod pod, HashSet<string> changed)
    {
        _pods[pod.PathUid] = pod with { DeletedAt = clock.GetUtcNow() };
        Note(pod.PathUid, changed);
    }

    private void Note(string pathUid, HashSet<string> changed)
    {
        _unsaved.Add(pathUid);
        changed.Add(pathUid);
    }

    private void Tell(HashSet<string> changed)
    {
        if (changed.Count > 0)
        {
            Changed?.Invoke(changed);
        }
    }
}
