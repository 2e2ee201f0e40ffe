using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>Names as the controllers of a cluster give them: Deployments, StatefulSets, Jobs, and one static pod.</summary>
internal sealed class PodNames(SeededRandom random, int namespaces)
{
    // Kubernetes' alphabet for generated names: no vowels, nothing that looks like another.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly string[] Spaces = ["shop", "payments", "search", "platform", "billing", "media"];
    private static readonly string[] Apps = ["cart", "orders", "gateway", "indexer", "mailer", "report", "worker", "session"];
    private static readonly string[] Containers = ["app", "proxy", "metrics", "sidecar", "agent", "helper"];
    private int made;

    public static string Container(int index) =>
        index < Containers.Length ? Containers[index] : $"{Containers[index % Containers.Length]}-{index}";

    public (string Namespace, string Pod, string Uid) Next()
    {
        int n = made++;
        if (n == 0) return ("kube-system", "etcd-node1", $"{random.NextUInt64():x16}{random.NextUInt64():x16}");
        string space = n % namespaces is var s && s < Spaces.Length ? Spaces[s] : $"team-{s}";
        string app = Apps[random.Below(Apps.Length)];
        string pod = (n % 3) switch
        {
            0 => $"{app}-{n}",
            1 => $"{app}-{Suffix(9)}-{Suffix(5)}",
            _ => $"{app}-{Suffix(5)}",
        };
        return (space, pod, Uid());
    }

    private string Suffix(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => Alphabet[random.Below(Alphabet.Length)]));

    private string Uid()
    {
        string hex = $"{random.NextUInt64():x16}{random.NextUInt64():x16}";
        return $"{hex[..8]}-{hex[8..12]}-4{hex[13..16]}-a{hex[17..20]}-{hex[20..]}";
    }
}
