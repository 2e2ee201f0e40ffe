using Collector.Kubernetes;
using Collector.Pipeline.Sources;

namespace Collector.Tests.Kubernetes;

internal static class CachedPods
{
    /// <summary>The pod of a log directory: <c>&lt;namespace&gt;_&lt;name&gt;_&lt;UID&gt;</c>.</summary>
    public static Pod? Find(this PodCache cache, string directory) =>
        directory.Split('_') is [var space, var name, var uid] ? cache.Find(new ContainerRef(space, name, uid, "app", 0, "")) : throw new ArgumentException($"{directory} is no pod's directory", nameof(directory));
}
