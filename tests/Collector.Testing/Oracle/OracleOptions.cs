using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>What the oracle holds the collector to, apart from the ledger.</summary>
public sealed record OracleOptions
{
    /// <summary>Which prefix a container's records belong under; contract §2's default by default. Null: any.</summary>
    public Func<ContainerIdentity, string>? Prefix { get; init; } = ObjectKey.DefaultPrefix;

    /// <summary>Which <c>log_type</c> a container's records have; by contract §2's default <c>infrastructureNamespaces</c>. Null: any.</summary>
    public Func<ContainerIdentity, string>? LogType { get; init; } = DefaultLogType;

    /// <summary>The largest decoded body in bytes: <c>batch.maxSize</c>, by default 48 MB.</summary>
    public long MaxBody { get; init; } = 48_000_000;

    /// <summary>The node's name, in keys and in <c>hostname</c>. Null: any.</summary>
    public string? Node { get; init; }

    /// <summary>
    /// Whether the files' times must follow the keys: objects appear in key order. Not for copied stores, nor where the clock was stepped.
    /// </summary>
    public bool CheckAppearance { get; init; } = true;

    /// <summary>What the files of objects have behind their keys, in a server's directory; files without it are not the collector's. Empty: all are.</summary>
    public string Suffix { get; init; } = "";

    private static string DefaultLogType(ContainerIdentity identity) =>
        identity.Namespace == "default" || identity.Namespace.StartsWith("kube-", StringComparison.Ordinal) || identity.Namespace.StartsWith("openshift-", StringComparison.Ordinal)
            ? "infrastructure"
            : "application";
}
