namespace Collector.Pipeline.Sources;

/// <summary>A container, as its log's path names it. Empty: unknown.</summary>
public sealed record ContainerRef(string Namespace, string Pod, string PodUid, string Container, int Restart, string ContainerId)
{
    /// <summary>Whether both are runs of one container.</summary>
    internal bool IsSame(ContainerRef other) => PodUid == other.PodUid && Container == other.Container && Pod == other.Pod && Namespace == other.Namespace;
}
