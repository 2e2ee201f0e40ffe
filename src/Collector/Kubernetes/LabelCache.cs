using System.Collections.Concurrent;
using System.Collections.ObjectModel;

namespace Collector.Kubernetes;

/// <summary>Labels of namespaces, or of the node, by name. Thread safe.</summary>
internal sealed class LabelCache : IResourceCache
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _labels = new(StringComparer.Ordinal);

    /// <summary>Raised, on the informer's task, when any of them changed.</summary>
    public event Action? Changed;

    /// <summary>Null: not known.</summary>
    public IReadOnlyDictionary<string, string>? Find(string name) => _labels.GetValueOrDefault(name);

    public void Replace(IReadOnlyList<ApiObject> items)
    {
        var there = items.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var hasChanged = false;
        foreach (var name in _labels.Keys.Where(name => !there.Contains(name)))
        {
            _labels.TryRemove(name, out _);
        }

        foreach (var item in items)
        {
            hasChanged |= Set(item);
        }

        Tell(hasChanged);
    }

    public void Put(ApiObject item) => Tell(Set(item));

    /// <summary>Last lines of its pods may still come, so the labels stay until the next list.</summary>
    public void Remove(ApiObject item)
    {
    }

    private bool Set(ApiObject item)
    {
        var known = _labels.GetValueOrDefault(item.Name);
        var labels = Pod.Share(known, item.Labels.Count == 0 ? ReadOnlyDictionary<string, string>.Empty : item.Labels);
        _labels[item.Name] = labels;
        return !ReferenceEquals(labels, known);
    }

    private void Tell(bool hasChanged)
    {
        if (hasChanged)
        {
            Changed?.Invoke();
        }
    }
}
