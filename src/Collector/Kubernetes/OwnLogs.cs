using Collector.Pipeline.Sources;

namespace Collector.Kubernetes;

/// <summary>
/// Finds the collector's own logs: its pod's, and those of earlier pods of its workload on this node, whose files kubelet keeps for
/// a while. Without the API the names decide: a workload's pods share their name except for the generated part.
/// </summary>
/// <param name="own">Null: the collector is not in a pod, or does not know its pod.</param>
/// <param name="pods">Pods from the API; null: there is none.</param>
internal sealed class OwnLogs(OwnPod? own, PodCache? pods)
{
    /// <summary>The labels that charts give to the pods of one workload (kubernetes.io, Recommended Labels); a test's pod differs in the last.</summary>
    private static readonly string[] s_workloadLabels = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"];

    /// <param name="log">The log in question.</param>
    /// <param name="pod">Its pod, if known.</param>
    public bool Has(ContainerRef log, Pod? pod) =>
        own is not null && (own.Is(log) || (pod is not null && pods?.Find(own) is { } self ? IsOfOneWorkload(self, pod) : own.IsNamedAlike(log)));

    private static bool IsOfOneWorkload(Pod self, Pod other) =>
        other.Namespace == self.Namespace &&
        ((self.OwnerName.Length > 0 && other.OwnerName == self.OwnerName && other.OwnerKind == self.OwnerKind) ||
            Array.TrueForAll(s_workloadLabels, label => self.Labels.TryGetValue(label, out var value) && other.Labels.GetValueOrDefault(label) == value));
}
