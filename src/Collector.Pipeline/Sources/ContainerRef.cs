namespace Collector.Pipeline.Sources;

/// <summary>A container's life, as its log's path tells it. Empty: not known.</summary>
public sealed record ContainerRef(string Namespace, string Pod, string PodUid, string Container, int Restart, string ContainerId)
{
    /// <summary>Whether both are lives of one container.</summary>
    internal bool IsSame(ContainerRef other) => PodUid == other.PodUid && Container == other.Container && Pod == other.Pod && Namespace == other.Namespace;
}
