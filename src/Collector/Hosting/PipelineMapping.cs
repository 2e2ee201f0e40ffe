using Collector.Configuration;
using Collector.Kubernetes;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;

namespace Collector.Hosting;

/// <summary>From the configuration to the pipeline's settings: the one place where the two meet.</summary>
internal static class PipelineMapping
{
    public static PipelineSettings Map(CollectorConfiguration config, MetadataService metadata, bool once)
    {
        return new PipelineSettings
        {
            DataDir = config.DataDir,
            Sync = config.Buffer.Sync,
            Grace = config.Shutdown.Grace,
            IsOnce = once,
            Outputs = [.. config.Outputs.Select(o => new PipelineOutput(MapOutput(config, o), StoreMapping.Create(o), new OutputMatch(o.Match).IsMatch))],
            Tail = new TailSettings
            {
                Sources = [.. config.Sources.Select(s => MapSource(config, s))],
                Identify = metadata.Describe,
                PodsInUse = metadata.Keep,
                MetadataTimeout = config.Kubernetes.MetadataTimeout,
                MaxDeletedUnread = config.Buffer.MaxDeletedUnread,
                DataDir = config.DataDir,
            },
        };
    }

    public static FreeSpace MinFreeDisk(CollectorConfiguration config) => new((config.Buffer.MinFreeDisk.Percent ?? 0) / 100.0, config.Buffer.MinFreeDisk.Bytes);

    private static OutputSettings MapOutput(CollectorConfiguration config, OutputConfiguration output) => output with
    {
        KeyPrefix = output.GetKeyTemplate(),
        Node = config.Node,
        MinFreeDisk = MinFreeDisk(config),
        QuarantineMaxSize = config.Buffer.QuarantineMaxSize,
    };

    public static SourceSettings MapSource(CollectorConfiguration config, SourceConfiguration source) => source switch
    {
        ContainersSourceConfiguration containers => new ContainerSourceSettings
        {
            Name = source.Name,
            Path = source.Path,
            ExcludePaths = source.ExcludePaths,
            StartAtEnd = source.StartAt == StartAt.End,
            MaxRecordSize = MaxRecordSize(config, source),
            NamesSource = source.SourceName,
            PodLogs = containers.PodLogs,
            ParseJson = containers.ParseJson,
        },
        FileSourceConfiguration file => new FileSourceSettings
        {
            Name = source.Name,
            Path = source.Path,
            ExcludePaths = source.ExcludePaths,
            StartAtEnd = source.StartAt == StartAt.End,
            MaxRecordSize = MaxRecordSize(config, source),
            NamesSource = source.SourceName,
            Json = file.Parser == FileParser.Json ? new JsonLines(file.TimeField, FormatOf(file), file.SourceName) : null,
            FlushPartialAfter = file.FlushPartialAfter,
            Identity = new RecordIdentity
            {
                LogType = NameOf(file.LogType),
                LogSource = file.LogSource,
                Cluster = config.Cluster,
                Hostname = config.Node,
            },
        },
        _ => throw new NotSupportedException(source.GetType().Name),
    };

    private static int MaxRecordSize(CollectorConfiguration config, SourceConfiguration source) =>
        (int)Math.Min(RecordLimit.Of(config, source), int.MaxValue / 8);

    private static TimeFormat FormatOf(FileSourceConfiguration file) =>
        TimeFormat.TryParse(file.TimeFormat, out var format, out var error) ? format : throw new InvalidOperationException(error);

    private static string NameOf(LogType type) => type switch
    {
        LogType.Infrastructure => "infrastructure",
        LogType.Audit => "audit",
        _ => "application",
    };
}
