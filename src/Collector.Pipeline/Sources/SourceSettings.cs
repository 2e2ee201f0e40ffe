using Collector.Pipeline.Records;

namespace Collector.Pipeline.Sources;

/// <summary>One source, as the pipeline needs it; defaults are the configuration's (contract §2). Sizes in bytes.</summary>
public abstract record SourceSettings
{
    public required string Name { get; init; }

    /// <summary>An absolute path whose parts may have <c>*</c>, <c>?</c> and <c>[…]</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Globs over whole paths; they win over <see cref="Path"/>.</summary>
    public IReadOnlyList<string> ExcludePaths { get; init; } = [];

    /// <summary>Whether what is there at the very first start is skipped.</summary>
    public bool StartAtEnd { get; init; }

    /// <summary>Of the log text, before escaping.</summary>
    public int MaxRecordSize { get; init; } = 1 << 20;

    /// <summary>Records say the source's name.</summary>
    public bool NamesSource { get; init; }

    /// <summary>What the records of a file say, given whose it is: with the source's name, which prefixes may have in any case.</summary>
    public RecordIdentity Complete(RecordIdentity identity) => identity with { Source = Name, NamesSource = NamesSource };
}

/// <summary>Logs of this node's containers.</summary>
public sealed record ContainerSourceSettings : SourceSettings
{
    /// <summary>Where the files are; the truth for generations and rotation.</summary>
    public string PodLogs { get; init; } = "/var/log/pods";

    public bool ParseJson { get; init; }
}

/// <summary>Any other log file.</summary>
public sealed record FileSourceSettings : SourceSettings
{
    /// <summary>A line is a JSON object whose fields stay at the top level; null: it is text.</summary>
    public JsonLines? Json { get; init; }

    public TimeSpan FlushPartialAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What all its records say besides time, text and path.</summary>
    public required RecordIdentity Identity { get; init; }

    /// <summary>The same of one of its files.</summary>
    /// <param name="path">The one that its writer writes to.</param>
    public RecordIdentity IdentityOf(string path) => Identity with { FilePath = path };
}
