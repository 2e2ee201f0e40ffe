using Collector.Pipeline.Sources;

namespace Collector.Kubernetes;

/// <summary>
/// The pod that this process runs in, whose log is not collected: what the collector says about a line would be a line. By
/// <c>POD_UID</c>, or <c>POD_NAME</c> and <c>POD_NAMESPACE</c> (the downward API); without them by the UID in the places that
/// kubelet mounts files from, and by the host name, which is the pod's unless it has the node's network.
/// </summary>
/// <param name="Namespace">Empty: not known.</param>
/// <param name="Name">With a namespace; without one it means nothing.</param>
/// <param name="Uid">As paths have it; empty: not known.</param>
internal sealed record OwnPod(string Namespace, string Name, string Uid)
{
    private const string Mounts = "/proc/self/mountinfo";

    /// <summary>In a line of <see cref="Mounts"/> (proc_pid_mountinfo(5)): what of its filesystem is mounted, and where.</summary>
    private const int RootField = 3;
    private const int PlaceField = 4;

    /// <summary>Null: there is none, or it cannot be told.</summary>
    public static OwnPod? Find(Func<string, string?> variable, string hostName, string serviceAccount = ApiAccess.ServiceAccount, string mounts = Mounts)
    {
        var space = variable("POD_NAMESPACE") is { Length: > 0 } given ? given : Read(Path.Join(serviceAccount, "namespace")).Trim();
        var name = variable("POD_NAME") ?? "";
        var uid = variable("POD_UID") is { Length: > 0 } told ? told : name.Length > 0 && space.Length > 0 ? "" : FindUid(Read(mounts));
        return space.Length > 0 || uid.Length > 0 ? new OwnPod(space, name.Length > 0 ? name : hostName, uid) : null;
    }

    /// <summary>By the UID where both have one: a host name, which stands in for a name that was not told, may be another pod's.</summary>
    public bool Is(ContainerRef container) =>
        Uid.Length > 0 && container.PodUid.Length > 0 ? container.PodUid == Uid : Namespace.Length > 0 && container.Pod == Name && container.Namespace == Namespace;

    /// <summary>kubelet gives each container <c>…/pods/UID/etc-hosts</c> as <c>/etc/hosts</c>, or <c>…/pods/UID/containers/…</c> as its termination log.</summary>
    private static string FindUid(string mounts) => mounts.Split('\n')
        .Select(line => line.Split(' '))
        .Where(fields => fields.Length > PlaceField && fields[PlaceField] is "/etc/hosts" or "/dev/termination-log")
        .Select(fields => fields[RootField].Split("/pods/") is [.., var rest] parts && parts.Length > 1 ? rest.Split('/')[0] : "")
        .FirstOrDefault(uid => uid.Length > 0, "");

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
