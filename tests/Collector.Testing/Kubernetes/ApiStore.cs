using System.Text.Json.Nodes;

namespace Collector.Testing.Kubernetes;

/// <summary>A change of an object, as a watch tells it: before is null for one that is new, after for one that is gone.</summary>
internal sealed record ApiChange(long Version, string Resource, JsonObject? Before, JsonObject? After);

/// <summary>
/// The objects of the API with one resource version for all, as etcd's revision is, and the changes since the last compaction.
/// Thread safe; what it gives is not changed any more.
/// </summary>
public sealed class ApiStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (string Resource, JsonObject Item)> objects = new(StringComparer.Ordinal);
    private readonly List<ApiChange> changes = [];
    private long version = 100;
    private long compacted;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal long Version
    {
        get { lock (gate) return version; }
    }

    /// <summary>The newest version of which the changes are gone.</summary>
    internal long Compacted
    {
        get { lock (gate) return compacted; }
    }

    /// <summary>Creates or replaces an object; its version is set.</summary>
    public void Put(string resource, JsonObject item)
    {
        var stored = (JsonObject)item.DeepClone();
        lock (gate)
        {
            stored["metadata"]!["resourceVersion"] = (++version).ToString();
            string key = KeyOf(resource, stored);
            JsonObject? before = objects.TryGetValue(key, out var known) ? known.Item : null;
            objects[key] = (resource, stored);
            Tell(new ApiChange(version, resource, before, stored));
        }
    }

    /// <summary>Replaces an object by what <paramref name="change"/> makes of it.</summary>
    public void Update(string resource, string space, string name, Action<JsonObject> change)
    {
        JsonObject item;
        lock (gate) item = (JsonObject)objects[KeyOf(resource, space, name)].Item.DeepClone();
        change(item);
        Put(resource, item);
    }

    public void Delete(string resource, string space, string name)
    {
        lock (gate)
        {
            objects.Remove(KeyOf(resource, space, name), out var known);
            var last = (JsonObject)known.Item.DeepClone();
            last["metadata"]!["resourceVersion"] = (++version).ToString();
            Tell(new ApiChange(version, resource, last, null));
        }
    }

    /// <summary>As etcd every five minutes: versions before the present one can be neither watched from nor listed on. Watches that there are go on.</summary>
    public void Compact()
    {
        lock (gate) compacted = ++version;
    }

    /// <summary>As etcd restored from an old backup: the objects are there, and all versions that clients know are of the future.</summary>
    public void SetBack()
    {
        lock (gate)
        {
            changes.Clear();
            (version, compacted) = (1, 0);
        }
    }

    internal (IReadOnlyList<(string Key, JsonObject Item)> Items, long Version) List(string resource, FieldSelector selector, string after)
    {
        lock (gate)
        {
            return ([.. objects
                .Where(o => o.Value.Resource == resource && string.CompareOrdinal(o.Key, after) > 0 && selector.Matches(o.Value.Item))
                .Select(o => (o.Key, o.Value.Item))], version);
        }
    }

    /// <summary>The changes behind a version, and what ends when there is another.</summary>
    internal (IReadOnlyList<ApiChange> Changes, Task Next) ChangesBehind(long behind, string resource)
    {
        lock (gate)
        {
            return ([.. changes.Where(c => c.Version > behind && c.Resource == resource)], changed.Task);
        }
    }

    internal void RequireUncompacted(long from)
    {
        lock (gate)
        {
            if (from < compacted) throw ApiStatusException.Expired($"too old resource version: {from} ({compacted})");
        }
    }

    private static string KeyOf(string resource, JsonObject item) =>
        KeyOf(resource, item["metadata"]!["namespace"]?.GetValue<string>() ?? "", item["metadata"]!["name"]!.GetValue<string>());

    private static string KeyOf(string resource, string space, string name) => $"{resource}/{space}/{name}";

    private void Tell(ApiChange change)
    {
        changes.Add(change);
        TaskCompletionSource told = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
    }
}
