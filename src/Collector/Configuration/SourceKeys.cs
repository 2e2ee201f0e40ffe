using Collector.Configuration.Binding;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>The keys of a source.</summary>
internal static class SourceKeys
{
    private static readonly Section<ContainerSourceSettings> Containers = Shared(
            new Section<ContainerSourceSettings>(new() { Name = "containers", Path = "/var/log/containers/*.log" })
                .Key("name", Kinds.Name, c => c.Name, (c, v) => c with { Name = v }, "Unique among the sources.", "pods")
                .Key("path", Kinds.PathGlob, c => c.Path, (c, v) => c with { Path = v }, "Glob of the containers' links.", "/var/log/containers/*_shop_*.log"))
        .Key("podLogs", Kinds.Path, c => c.PodLogs, (c, v) => c with { PodLogs = v },
            "Directory of kubelet's log files; generations and rotation are taken from it.", "/data/log/pods")
        .Key("dockerRoot", Kinds.Path, c => c.DockerRoot, (c, v) => c with { DockerRoot = v },
            "Docker's directory of containers, which kubelet's log files may be links to.", "/data/docker/containers")
        .Key("parseJson", Kinds.Boolean, c => c.ParseJson, (c, v) => c with { ParseJson = v },
            "A line that is a JSON object also appears, parsed, under \"fields\".", true)
        .Off("multiline", "none", "none: every line is a record. Joining lines does not exist yet.");

    private static readonly Section<FileSourceSettings> File = Shared(
            new Section<FileSourceSettings>(new() { Name = "", Path = "", Identity = new() })
                .Required("name", Kinds.Name, (c, v) => c with { Name = v }, "Unique among the sources.", "go-audit")
                .Required("path", Kinds.PathGlob, (c, v) => c with { Path = v }, "Glob of the files, like /var/log/app/*.log.", "/var/log/go-audit/*.log"))
        .Key("parser", Kinds.Choice(("text", FileParser.Text), ("json", FileParser.Json)), c => c.Parser, (c, v) => c with { Parser = v },
            "What a line is.", FileParser.Json)
        .Key("timeField", Kinds.Text, c => c.TimeField, (c, v) => c with { TimeField = v },
            "parser json: the field with the time; empty: the time of reading.", "timestamp")
        .Key("timeFormat", Kinds.TimeFormat, c => c.TimeFormat, (c, v) => c with { TimeFormat = v },
            "Format of timeField: auto (RFC 3339, a number or digits since 1970, and common formats of programs), rfc3339, epoch, or a strptime pattern like %d/%b/%Y:%H:%M:%S %z. A record with another time is marked, counted, and gets the time of reading.", Kinds.TimeFormat.Of("%d/%b/%Y:%H:%M:%S %z"))
        .Key("logType", LogTypes(), c => c.LogType, (c, v) => c with { LogType = v }, "The records' log_type.", LogType.Audit)
        .Key("logSource", Kinds.LogSource, c => c.LogSource, (c, v) => c with { LogSource = v }, "The records' log_source.", "auditd")
        .Key("flushPartialAfter", Kinds.Duration, c => c.FlushPartialAfter, (c, v) => c with { FlushPartialAfter = v },
            "An unterminated last line becomes a record after this time.", TimeSpan.FromSeconds(30))
        .Check(CrossChecks.TimeField)
        .Never("""{"required": ["timeField"], "properties": {"timeField": {"type": "string", "minLength": 1}, "parser": {"const": "text"}}}""");

    public static ListOf<SourceSettings> List { get; } = new(
        new OneOf<SourceSettings>("containers")
            .Add("containers", Containers, "Logs of this node's pods, CRI or docker json-file.")
            .Add("file", File, "Any other log file."))
    {
        AtLeastOne = true,
    };

    public static Scalar<LogType> LogTypes() => Kinds.Choice(
        ("application", LogType.Application), ("infrastructure", LogType.Infrastructure), ("audit", LogType.Audit));

    private static Section<T> Shared<T>(Section<T> section)
        where T : SourceSettings => section
        .Key("excludePaths", new ListOf<string>(Kinds.PathGlob), c => c.ExcludePaths, (c, v) => c with { ExcludePaths = v },
            "Globs of files to exclude from path.", ["/var/log/containers/*_kube-system_*.log"])
        .Key("startAt", Kinds.Choice(("beginning", StartAt.Beginning), ("end", StartAt.End)), c => c.StartAt, (c, v) => c with { StartAt = v },
            "Where reading begins in files that exist at the very first start.", StartAt.End)
        .Key("maxRecordSize", Kinds.PositiveSize, c => c.MaxRecordSize, (c, v) => c with { MaxRecordSize = v },
            "Limit of the log text, before escaping; longer records are cut, marked and counted. A small batch.maxSize of an output lowers the limit.", 256 * Size.KiB)
        .Key("sourceName", Kinds.Boolean, c => c.NamesSource, (c, v) => c with { NamesSource = v }, "Records have the source's name as source.", true);
}
