using System.Collections.ObjectModel;
using Collector.Configuration;
using Collector.Hosting;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;

namespace Collector.Kubernetes;

/// <summary>The contents of the API caches, if there is an API.</summary>
/// <param name="Pods">The pods of this node.</param>
/// <param name="Namespaces">Null: their labels are not configured.</param>
/// <param name="Nodes">Null: their labels are not configured.</param>
/// <param name="MayCatchUp">Whether missing metadata may arrive soon enough to wait for it.</param>
internal sealed record ClusterCaches(PodCache Pods, LabelCache? Namespaces, LabelCache? Nodes, Func<IResourceCache, bool> MayCatchUp);

/// <summary>
/// Describes a container: from its path, and from its pod's metadata (contract §3). Equal knowledge gives equal facts. Thread safe.
/// </summary>
internal sealed class ContainerDescriber(CollectorConfiguration config, OwnPod? ownPod, ClusterCaches? cluster)
{
    private const string LogSource = "container";

    private readonly GlobSet _infrastructure = new(config.Kubernetes.InfrastructureNamespaces);
    private readonly KubernetesConfiguration _wanted = config.Kubernetes;
    private readonly OwnLogs _ownLogs = new(ownPod, cluster?.Pods);

    public ContainerFacts Describe(ContainerRef container)
    {
        var identity = OfPath(container);
        var pod = cluster is null ? null : cluster.Pods.Find(container);
        return pod is not null ? OfPod(container, identity, cluster!, pod)
            : cluster is null ? Exclude(new ContainerFacts { Identity = identity }, container, null)
            : Exclude(new ContainerFacts { Identity = identity with { IsMetadataMissing = true }, IsPending = cluster.MayCatchUp(cluster.Pods) }, container, null);
    }

    private RecordIdentity OfPath(ContainerRef container) => new()
    {
        LogType = _infrastructure.IsMatch(container.Namespace) ? "infrastructure" : "application",
        LogSource = LogSource,
        Cluster = config.Cluster,
        Hostname = config.Node,
        Namespace = container.Namespace,
        PodName = container.Pod,
        PodId = container.PodUid,
        ContainerName = container.Container,
        DockerId = container.ContainerId,
        RestartCount = container.PodUid.Length > 0 ? container.Restart : null,
        Host = config.Node,
    };

    private ContainerFacts OfPod(ContainerRef container, RecordIdentity identity, ClusterCaches cluster, Pod pod)
    {
        var state = pod.Containers.GetValueOrDefault(container.Container) ?? new ContainerState();
        var namespaceLabels = cluster.Namespaces?.Find(pod.Namespace);
        var nodeLabels = cluster.Nodes?.Find(config.Node);
        var hasEnded = HasEnded(container, pod, state);

        // The id of another restart would be wrong for good; no id is only less information.
        var id = container.ContainerId.Length > 0 ? container.ContainerId : LifeOf(state, container) == 0 ? state.Id : "";
        var facts = new ContainerFacts
        {
            Identity = identity with
            {
                PodId = pod.Uid,
                DockerId = id,
                ContainerImage = state.Image.Length == 0 || state.Image.StartsWith("sha256:", StringComparison.Ordinal) ? state.SpecImage : state.Image,
                ContainerHash = WithoutRuntime(state.ImageId),
                OwnerKind = pod.OwnerKind,
                OwnerName = pod.OwnerName,
                Host = pod.Node.Length > 0 ? pod.Node : config.Node,
                Labels = pod.Labels,
                HidesLabels = !_wanted.Labels,
                Annotations = _wanted.Annotations ? pod.Annotations : ReadOnlyDictionary<string, string>.Empty,
                NamespaceLabels = namespaceLabels ?? ReadOnlyDictionary<string, string>.Empty,
                NodeLabels = nodeLabels ?? ReadOnlyDictionary<string, string>.Empty,
            },
            IsPending = IsToCome(cluster.Pods, (state.ImageId.Length > 0 && id.Length > 0) || hasEnded) ||
                IsToCome(cluster.Namespaces, namespaceLabels is not null) || IsToCome(cluster.Nodes, nodeLabels is not null),
            ParseJson = PodWishes.ParseJson(pod.Annotations),
            HasEnded = hasEnded,
        };
        return Exclude(facts, container, pod);

        bool IsToCome(IResourceCache? cache, bool isThere) => !isThere && cache is not null && cluster.MayCatchUp(cache);
    }

    /// <summary>
    /// A log line of the collector about its own log would cause another line, so its own logs are not collected. The pod's
    /// annotation can include them.
    /// </summary>
    private ContainerFacts Exclude(ContainerFacts facts, ContainerRef container, Pod? pod)
    {
        var asked = pod is null ? null : PodWishes.Excluded(pod.Annotations, container.Container);
        return asked is null && _ownLogs.Has(container, pod)
            ? facts with { Excluded = LogStreams.Both, Reason = ExclusionReason.OwnLog }
            : facts with { Excluded = asked ?? LogStreams.None, Reason = ExclusionReason.Annotation };
    }

    /// <summary>
    /// Whether this run of the container is over. While the container waits for its restart, <c>containerID</c> and
    /// <c>restartCount</c> still belong to the run that ended. A pod may be called failed (evicted, its node given up) before
    /// kubelet has stopped its containers.
    /// </summary>
    private static bool HasEnded(ContainerRef container, Pod pod, ContainerState state) =>
        (pod.IsOver && !state.IsRunning) || pod.DeletedAt is not null || LifeOf(state, container) > 0 ||
        (LifeOf(state, container) == 0 && state.Id.Length > 0 && !state.IsRunning && (state.IsTerminated || state.Id == state.LastId));

    /// <summary>
    /// The run of the container that a status is about: 0 the log's own, less an earlier one, more a later one. A log whose path
    /// has no UID has no restart count; its pod was found by an id that the status has.
    /// </summary>
    private static int LifeOf(ContainerState state, ContainerRef log) =>
        log.PodUid.Length > 0 ? state.RestartCount.CompareTo(log.Restart) : state.Id == log.ContainerId ? 0 : 1;

    /// <summary>Docker's shim wrote <c>docker-pullable://name@sha256:…</c>.</summary>
    private static string WithoutRuntime(string imageId) => imageId.IndexOf("://", StringComparison.Ordinal) is var at and >= 0 ? imageId[(at + 3)..] : imageId;
}
