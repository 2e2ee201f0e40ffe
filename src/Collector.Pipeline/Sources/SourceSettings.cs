using Collector.Pipeline.Records;

namespace Collector.Pipeline.Sources;

/// <summary>Log files to read (contract §2); the keys that every type of source has.</summary>
public abstract record SourceSettings
{
    /// <summary>Unique, legal as a directory's name; never part of a position.</summary>
    public required string Name { get; init; }

    /// <summary>An absolute path with <c>*</c>, <c>?</c> and <c>[…]</c> in its parts.</summary>
    public required string Path { get; init; }

    /// <summary>Globs over whole paths; they win over <see cref="Path"/>.</summary>
    public IReadOnlyList<string> ExcludePaths { get; init; } = [];

    /// <summary>Where files begin that exist at the very first start.</summary>
    public StartAt StartAt { get; init; } = StartAt.Beginning;

    /// <summary>Bytes of log text, before escaping; longer records are cut, marked and counted.</summary>
    public long MaxRecordSize { get; init; } = 1 << 20;

    /// <summary>Records have <see cref="Name"/> as <c>source</c>.</summary>
    public bool NamesSource { get; init; }

    /// <summary><see cref="MaxRecordSize"/>, limited to what memory can hold when all of it is escaped.</summary>
    internal int LongestRecord => (int)Math.Min(MaxRecordSize, int.MaxValue / 8);

    /// <summary>
    /// The identity of a file with the source's name, which prefixes can always use, whether or not records have it.
    /// </summary>
    public RecordIdentity Complete(RecordIdentity identity) => identity with { Source = Name, NamesSource = NamesSource };
}

/// <summary>The logs of this node's pods, in CRI or docker json-file format.</summary>
public sealed record ContainerSourceSettings : SourceSettings
{
    /// <summary>The directory of the files that <see cref="SourceSettings.Path"/> links to; the truth for generations and rotation.</summary>
    public string PodLogs { get; init; } = "/var/log/pods";

    /// <summary>The directory that links of <c>n.log</c> may lead to: that of Docker's json-file driver.</summary>
    public string DockerRoot { get; init; } = "/var/lib/docker/containers";

    /// <summary>A line that is a JSON object also appears, parsed, under <c>fields</c>.</summary>
    public bool ParseJson { get; init; }
}

/// <summary>Any other log file.</summary>
public sealed record FileSourceSettings : SourceSettings
{
    public FileParser Parser { get; init; } = FileParser.Text;

    /// <summary>With <see cref="FileParser.Json"/>: the top-level field that is the time. Empty: the time of reading.</summary>
    public string TimeField { get; init; } = "";

    /// <summary>How <see cref="TimeField"/> is read.</summary>
    public TimeFormat TimeFormat { get; init; } = TimeFormat.Auto;

    public LogType LogType { get; init; } = LogType.Application;

    /// <summary>The records' <c>log_source</c>.</summary>
    public string LogSource { get; init; } = "file";

    /// <summary>An unterminated last line becomes a record after this time.</summary>
    public TimeSpan FlushPartialAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The identity of all its records, without time, text and path. Not configured: derived from this source's keys and the
    /// configuration's.
    /// </summary>
    public required RecordIdentity Identity { get; init; }

    /// <summary>The same of one of its files.</summary>
    /// <param name="path">The one that its writer writes to.</param>
    public RecordIdentity IdentityOf(string path) => Identity with { FilePath = path };

    /// <summary>How its lines become records; null: they are text.</summary>
    internal JsonLines? MakeJsonLines() => Parser == FileParser.Json ? new JsonLines(TimeField, TimeFormat, NamesSource) : null;
}

/// <summary>Where files begin that exist at the very first start.</summary>
public enum StartAt
{
    Beginning,

    /// <summary>Existing content is skipped.</summary>
    End,
}

/// <summary>The format of a line of a <c>file</c> source.</summary>
public enum FileParser
{
    Text,

    /// <summary>An object whose fields stay at the top level.</summary>
    Json,
}

/// <summary>The records' <c>log_type</c>.</summary>
public enum LogType
{
    Application,
    Infrastructure,
    Audit,
}
