using Collector.Testing.Node;

namespace Collector.Testing.Oracle;

/// <summary>What the oracle holds the collector to, apart from the ledger.</summary>
public sealed record OracleOptions
{
    /// <summary>The output's name, by which the ledger has claims.</summary>
    public string Output { get; init; } = "";

    /// <summary>Which writers the output's <c>match</c> takes, as far as it does not depend on what changes. All by default.</summary>
    public Func<LedgerWriter, bool> Takes { get; init; } = _ => true;

    /// <summary>What the output's <c>match</c> takes, by the record's own label <c>tier</c>; null: whatever it is.</summary>
    public string? Tier { get; init; }

    /// <summary>Which prefix a record belongs under, by who wrote it, its label <c>color</c> and its time; null: <see cref="Prefix"/> says it.</summary>
    public Func<LedgerWriter, string, string, string>? PrefixOfRecord { get; init; }

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
