namespace Collector.Testing.Node;

/// <summary>Who a container is; the names that kubelet puts into paths. It survives restarts of the container.</summary>
/// <param name="Uid">The pod's UID; a static pod's is its configuration's hash, without dashes.</param>
public sealed record ContainerIdentity(string Namespace, string Pod, string Uid, string Container)
{
    /// <summary>The pod's directory in <c>/var/log/pods</c>.</summary>
    public string PodDirectory => $"{Namespace}_{Pod}_{Uid}";

    /// <summary>The name of the link in <c>/var/log/containers</c>.</summary>
    public string LinkName(string containerId) => $"{Pod}_{Namespace}_{Container}-{containerId}.log";
}
