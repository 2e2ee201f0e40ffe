using Collector.Pipeline.Tailing;

namespace Collector.Kubernetes;

/// <summary>
/// The pod that this process runs in, whose log is not collected: what the collector says about a line would be a line. By
/// <c>POD_NAME</c> and <c>POD_NAMESPACE</c> (the downward API); without them by the host name, which is the pod's unless it
/// has the node's network, and the namespace of the service account.
/// </summary>
internal sealed record OwnPod(string Namespace, string Name)
{
    /// <summary>Null: there is none, or it cannot be told.</summary>
    public static OwnPod? Find(Func<string, string?> variable, string hostName, string serviceAccount = ApiAccess.ServiceAccount)
    {
        var space = variable("POD_NAMESPACE") is { Length: > 0 } given ? given : ReadNamespace(serviceAccount);
        var name = variable("POD_NAME") is { Length: > 0 } named ? named : hostName;
        return space is { Length: > 0 } ? new OwnPod(space, name) : null;
    }

    public bool Is(ContainerRef container) => container.Pod == Name && container.Namespace == Namespace;

    private static string? ReadNamespace(string serviceAccount)
    {
        try
        {
            return File.ReadAllText(Path.Join(serviceAccount, "namespace")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
