using System.Buffers;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Storage;

namespace Collector.Kubernetes;

/// <summary>
/// The pod that this process runs in. By <c>POD_UID</c>, or <c>POD_NAME</c> and <c>POD_NAMESPACE</c> (the downward API); without
/// them by the UID in the paths of kubelet's mounts, and by the host name, which is the pod's unless it uses the node's network.
/// </summary>
/// <param name="Namespace">Empty: not known.</param>
/// <param name="Name">With a namespace; meaningless without one.</param>
/// <param name="Uid">As in paths; empty: unknown.</param>
internal sealed record OwnPod(string Namespace, string Name, string Uid)
{
    private const string Mounts = "/proc/self/mountinfo";

    /// <summary>
    /// In a line of <see cref="Mounts"/> (proc_pid_mountinfo(5)): which part of its filesystem is mounted, and where.
    /// </summary>
    private const int RootField = 3;
    private const int PlaceField = 4;

    /// <summary>
    /// The characters that the API server appends to make a name unique (k8s.io/apimachinery, util/rand): no vowels, so no words.
    /// </summary>
    private static readonly SearchValues<char> s_generatedLetters = SearchValues.Create("bcdfghjklmnpqrstvwxz2456789");

    /// <summary>The generated part of a pod's name, and of a ReplicaSet's name, which is a hash.</summary>
    private const int GeneratedLength = 5;
    private const int LongestHash = 10;

    /// <summary>Null: there is none, or it is not known.</summary>
    public static OwnPod? Find(Func<string, string?> variable, string hostName, string serviceAccount = ApiAccess.ServiceAccount, string mounts = Mounts)
    {
        var space = variable("POD_NAMESPACE") is { Length: > 0 } given ? given : Read(Path.Join(serviceAccount, "namespace"), SmallFile.ReadText).Trim();
        var name = variable("POD_NAME") ?? "";
        var uid = variable("POD_UID") is { Length: > 0 } told ? told : name.Length > 0 && space.Length > 0 ? "" : FindUid(Read(mounts, File.ReadAllText));
        return space.Length > 0 || uid.Length > 0 ? new OwnPod(space, name.Length > 0 ? name : hostName, uid) : null;
    }

    /// <summary>
    /// Compares UIDs if both are known: a host name, the fallback for an unknown name, may belong to another pod.
    /// </summary>
    public bool Is(ContainerRef container) =>
        Uid.Length > 0 && container.PodUid.Length > 0 ? container.PodUid == Uid : Namespace.Length > 0 && container.Pod == Name && container.Namespace == Namespace;

    /// <summary>
    /// Whether the log belongs to a pod in the same namespace with the same name except for the generated part: very likely of the
    /// same workload.
    /// </summary>
    public bool IsNamedAlike(ContainerRef log) => log.Namespace == Namespace && WorkloadOf(Name) is { Length: > 0 } workload && WorkloadOf(log.Pod) == workload;

    /// <summary>The name of the DaemonSet, or the Deployment, with pods of that name; empty: none.</summary>
    private static string WorkloadOf(string pod)
    {
        var dash = pod.LastIndexOf('-');
        if (dash <= 0 || pod.Length - dash - 1 != GeneratedLength || !IsGenerated(pod.AsSpan(dash + 1)))
        {
            return "";
        }

        var (name, hash) = (pod[..dash], pod[..dash].LastIndexOf('-'));
        return hash > 0 && name.Length - hash - 1 is > GeneratedLength and <= LongestHash && IsGenerated(name.AsSpan(hash + 1)) ? name[..hash] : name;
    }

    private static bool IsGenerated(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(s_generatedLetters);

    /// <summary>kubelet gives each container <c>…/pods/UID/etc-hosts</c> as <c>/etc/hosts</c>, or <c>…/pods/UID/containers/…</c> as its termination log.</summary>
    private static string FindUid(string mounts) => mounts.Split('\n')
        .Select(line => line.Split(' '))
        .Where(fields => fields.Length > PlaceField && fields[PlaceField] is "/etc/hosts" or "/dev/termination-log")
        .Select(fields => fields[RootField].Split("/pods/") is [.., var rest] parts && parts.Length > 1 ? rest.Split('/')[0] : "")
        .FirstOrDefault(uid => uid.Length > 0, "");

    private static string Read(string file, Func<string, string> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
