using Collector.Testing.Kubernetes;

namespace Collector.Testing.Node;

/// <summary>What kubelet, and people, tell the API of the node's pods. Used by the thread that runs the node.</summary>
public sealed class PodReports(ApiStore store)
{
    private readonly Dictionary<string, PodSpec> pods = new(StringComparer.Ordinal);

    /// <summary>Somebody changes a pod's labels and annotations.</summary>
    public void Change(ContainerIdentity identity, IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> annotations) =>
        Put(identity, pods[identity.Uid] with { Labels = labels, Annotations = annotations });

    /// <summary>A run of a container has begun.</summary>
    internal void Started(LedgerWriter writer, string id, int run)
    {
        ContainerIdentity identity = writer.Identity;
        PodSpec pod = pods.TryGetValue(identity.Uid, out PodSpec? known) ? known : New(identity);
        writer.ApiUid = pod.Uid;
        ContainerSpec? before = pod.Containers.FirstOrDefault(c => c.Name == identity.Container);
        var now = new ContainerSpec(identity.Container) { Id = id, LastId = before?.Id ?? "", RestartCount = run };
        Put(identity, pod with { Containers = [.. pod.Containers.Where(c => c != before), now] });
    }

    internal void Deleted(ContainerIdentity identity)
    {
        if (pods.Remove(identity.Uid, out PodSpec? pod)) store.Delete("pods", pod.Namespace, pod.Name);
    }

    // The directory of a static pod has the hash of its manifest; its mirror in the API has a UID of its own, and both marks.
    private static PodSpec New(ContainerIdentity identity) => identity.Uid.Contains('-', StringComparison.Ordinal)
        ? new PodSpec(identity.Namespace, identity.Pod, identity.Uid) { Containers = [] }
        : new PodSpec(identity.Namespace, identity.Pod, $"{identity.Uid[..8]}-aaaa-4aaa-aaaa-{identity.Uid[..12]}")
        {
            Annotations = new Dictionary<string, string> { ["kubernetes.io/config.hash"] = identity.Uid, ["kubernetes.io/config.mirror"] = identity.Uid },
            Owner = ("Node", "node1"),
            Containers = [],
        };

    private void Put(ContainerIdentity identity, PodSpec pod)
    {
        pods[identity.Uid] = pod;
        store.Put("pods", pod.ToJson());
    }
}
