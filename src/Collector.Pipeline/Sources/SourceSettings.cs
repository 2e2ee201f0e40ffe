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
    /// <summary>Whether a line is a JSON object whose fields stay at the top level.</summary>
    public bool IsJson { get; init; }

    /// <summary>Which field is the record's time; empty: the time of reading.</summary>
    public string TimeField { get; init; } = "";

    public TimeSpan FlushPartialAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What all its records say besides time and text.</summary>
    public required RecordIdentity Identity { get; init; }
}
