namespace Collector.Testing.Node;

/// <summary>The directories of a node that logs are in, below a root of our own. Absolute, because kubelet's links are.</summary>
public sealed class NodeTree
{
    public NodeTree(string root)
    {
        Root = Path.GetFullPath(root);
        Directory.CreateDirectory(Pods);
        Directory.CreateDirectory(Containers);
    }

    public string Root { get; }

    /// <summary><c>/var/log/pods</c>.</summary>
    public string Pods => Path.Combine(Root, "pods");

    /// <summary><c>/var/log/containers</c>.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary><c>/var/lib/docker/containers</c>; exists only under docker.</summary>
    public string Docker => Path.Combine(Root, "docker");

    public string LogDirectory(ContainerIdentity identity) => Path.Combine(Pods, identity.PodDirectory, identity.Container);
}
