using Collector.Pipeline.Sources;

namespace Collector.Kubernetes;

/// <summary>
/// Which logs are the collector's own: its pod's, and those of the pods that its workload had on this node before, whose files
/// kubelet keeps for a while. Without the API the names tell: a workload's pods share theirs but for what is generated.
/// </summary>
/// <param name="own">Null: it is in no pod, or cannot tell in which.</param>
/// <param name="pods">What the API tells; null: there is none.</param>
internal sealed class OwnLogs(OwnPod? own, PodCache? pods)
{
    /// <summary>The labels that charts give to the pods of one workload (kubernetes.io, Recommended Labels); a test's pod differs in the last.</summary>
    private static readonly string[] s_workloadLabels = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"];

    /// <param name="log">The log that is asked for.</param>
    /// <param name="pod">Its pod, where that is known.</param>
    public bool Has(ContainerRef log, Pod? pod) =>
        own is not null && (own.Is(log) || (pod is not null && pods?.Find(own) is { } self ? IsOfOneWorkload(self, pod) : own.IsNamedAlike(log)));

    private static bool IsOfOneWorkload(Pod self, Pod other) =>
        other.Namespace == self.Namespace &&
        ((self.OwnerName.Length > 0 && other.OwnerName == self.OwnerName && other.OwnerKind == self.OwnerKind) ||
            Array.TrueForAll(s_workloadLabels, label => self.Labels.TryGetValue(label, out var value) && other.Labels.GetValueOrDefault(label) == value));
}
