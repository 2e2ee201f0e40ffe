namespace Collector.Configuration;

/// <summary>Log files to read; what every type of source has.</summary>
public abstract record SourceConfiguration
{
    /// <summary>Unique, legal as a directory's name; never part of a position.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute glob of the files.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute globs of files that <see cref="Path"/> finds and that are not wanted.</summary>
    public IReadOnlyList<string> ExcludePaths { get; init; } = [];

    /// <summary>Where files begin that are there at the very first start.</summary>
    public StartAt StartAt { get; init; } = StartAt.Beginning;

    /// <summary>Bytes of log text, before escaping; longer records are cut, marked and counted.</summary>
    public long MaxRecordSize { get; init; } = Size.MiB;

    /// <summary>Records say <see cref="Name"/> as <c>source</c>.</summary>
    public bool SourceName { get; init; }
}

/// <summary>The logs of this node's pods, in CRI or docker json-file format.</summary>
public sealed record ContainersSourceConfiguration : SourceConfiguration
{
    /// <summary>The directory of the files that <see cref="SourceConfiguration.Path"/> links to.</summary>
    public string PodLogs { get; init; } = "/var/log/pods";

    /// <summary>A line that is a JSON object also appears, parsed, under <c>fields</c>.</summary>
    public bool ParseJson { get; init; }
}

/// <summary>Any other log file.</summary>
public sealed record FileSourceConfiguration : SourceConfiguration
{
    public FileParser Parser { get; init; } = FileParser.Text;

    /// <summary>With <see cref="FileParser.Json"/>: the field that holds the time. Empty: the time of reading.</summary>
    public string TimeField { get; init; } = "";

    /// <summary>How <see cref="TimeField"/> is read; a <see cref="Pipeline.Records.TimeFormat"/> that is known to parse.</summary>
    public string TimeFormat { get; init; } = "auto";

    public LogType LogType { get; init; } = LogType.Application;

    /// <summary>The records' <c>log_source</c>.</summary>
    public string LogSource { get; init; } = "file";

    /// <summary>An unterminated last line is a record after this long.</summary>
    public TimeSpan FlushPartialAfter { get; init; } = TimeSpan.FromSeconds(5);
}

public enum StartAt
{
    Beginning,
    End,
}

public enum FileParser
{
    Text,
    Json,
}

/// <summary>The records' <c>log_type</c>.</summary>
public enum LogType
{
    Application,
    Infrastructure,
    Audit,
}
