using Collector.Pipeline.Sources;

namespace Collector.Kubernetes;

/// <summary>
/// The pods of this node by their UIDs, which the API server chooses and no pod can; includes deleted pods with logs that are still
/// being read. Thread safe.
/// </summary>
internal sealed class PodCache(TimeProvider clock) : IResourceCache
{
    /// <summary>
    /// The limit of deleted pods: more than a node has logs of. Above it, pods without a log are removed first, then those that
    /// were deleted longest ago.
    /// </summary>
    private const int MostDeleted = 2000;

    /// <summary>A deleted pod's log may be found a little later than its deletion.</summary>
    private static readonly TimeSpan KeptAnyway = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsaved = new(StringComparer.Ordinal);

    /// <summary>Raised, on the informer's task, with the path UIDs of pods that changed.</summary>
    public event Action<IReadOnlySet<string>>? Changed;

    /// <summary>
    /// The pod that owns a log. Of a static pod's mirrors, which kubelet creates again, the one that still exists in the API.
    /// </summary>
    public Pod? Find(ContainerRef log)
    {
        lock (_gate)
        {
            return _pods.Values.Where(p => p.Owns(log)).MaxBy(p => p.DeletedAt ?? DateTimeOffset.MaxValue);
        }
    }

    /// <summary>The collector's own pod, once the API has sent it.</summary>
    public Pod? Find(OwnPod own)
    {
        lock (_gate)
        {
            return _pods.Values.FirstOrDefault(p => own.Is(new ContainerRef(p.Namespace, p.Name, p.PathUid, "", 0, "")));
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
            // The event has the pod's last state, including how its containers ended.
            Put(item, changed);
            if (_pods.TryGetValue(item.Uid, out var pod))
            {
                Delete(pod, changed);
            }
        }

        Tell(changed);
    }

    /// <summary>Loads the pods that an earlier run saved. Data from the API replaces them.</summary>
    public void Load(IEnumerable<Pod> pods)
    {
        lock (_gate)
        {
            foreach (var pod in pods)
            {
                _pods.TryAdd(pod.Uid, pod);
            }
        }
    }

    /// <summary>Forgets deleted pods that have no logs any more.</summary>
    public void Keep(IReadOnlySet<string> inUse)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var deleted = _pods.Values.Where(p => p.DeletedAt is not null).OrderByDescending(p => inUse.Contains(p.PathUid)).ThenByDescending(p => p.DeletedAt).ToList();
            foreach (var pod in deleted.Where((p, rank) => rank >= MostDeleted || (!inUse.Contains(p.PathUid) && now - p.DeletedAt > KeptAnyway)))
            {
                _pods.Remove(pod.Uid);
                _unsaved.Add(pod.Uid);
            }
        }
    }

    /// <summary>The changes since the last call: null in place of a pod says that it is forgotten.</summary>
    public IReadOnlyList<(string Uid, Pod? Pod)> TakeUnsaved()
    {
        lock (_gate)
        {
            var taken = _unsaved.Select(uid => (uid, _pods.GetValueOrDefault(uid))).ToList();
            _unsaved.Clear();
            return taken;
        }
    }

    /// <summary>Saving failed: the changes will be returned again.</summary>
    public void GiveBack(IReadOnlyList<(string Uid, Pod? Pod)> unsaved)
    {
        lock (_gate)
        {
            _unsaved.UnionWith(unsaved.Select(u => u.Uid));
        }
    }

    private void Put(ApiObject item, HashSet<string> changed)
    {
        if (item.Uid.Length == 0)
        {
            return;
        }

        var known = _pods.GetValueOrDefault(item.Uid);
        var pod = Pod.From(item, known);
        if (!ReferenceEquals(pod, known))
        {
            Set(pod, changed);
        }
    }

    private void Delete(Pod pod, HashSet<string> changed) => Set(pod with { DeletedAt = clock.GetUtcNow() }, changed);

    private void Set(Pod pod, HashSet<string> changed)
    {
        // Its directory changes when a mirror's annotations change.
        changed.Add(_pods.GetValueOrDefault(pod.Uid, pod).PathUid);
        _pods[pod.Uid] = pod;
        _unsaved.Add(pod.Uid);
        changed.Add(pod.PathUid);
    }

    private void Tell(HashSet<string> changed)
    {
        if (changed.Count > 0)
        {
            Changed?.Invoke(changed);
        }
    }
}
