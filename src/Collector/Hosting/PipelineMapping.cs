using Collector.Configuration;
using Collector.Kubernetes;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;

namespace Collector.Hosting;

/// <summary>Settings of the pipeline that are not read from keys but derived from them: the one place for them.</summary>
internal static class PipelineMapping
{
    public static PipelineSettings Map(CollectorConfiguration config, MetadataService metadata, bool once)
    {
        return new PipelineSettings
        {
            DataDir = config.DataDir,
            Buffer = config.Buffer,
            Shutdown = config.Shutdown,
            IsOnce = once,
            Outputs = [.. config.Outputs.Select(o => new PipelineOutput(MapOutput(config, o), StoreMapping.Create(o), new OutputMatch(o.Match).IsMatch))],
            Tail = new TailSettings
            {
                Sources = [.. config.Sources.Select(s => MapSource(config, s))],
                Identify = metadata.Describe,
                PodsInUse = metadata.Keep,
                MetadataTimeout = config.Kubernetes.MetadataTimeout,
                Buffer = config.Buffer,
                DataDir = config.DataDir,
            },
        };
    }

    /// <summary>Adds the configuration's global settings to an output.</summary>
    private static OutputSettings MapOutput(CollectorConfiguration config, OutputConfiguration output) => output with
    {
        KeyPrefix = output.GetKeyTemplate(),
        Node = config.Node,
        Shared = config.Buffer,
    };

    /// <summary>Adds the configuration's global settings to a source.</summary>
    public static SourceSettings MapSource(CollectorConfiguration config, SourceSettings source)
    {
        var limited = source with { MaxRecordSize = RecordLimit.Of(config, source) };
        return limited is not FileSourceSettings file ? limited : file with
        {
            Identity = new RecordIdentity
            {
                LogType = file.LogType.ToString().ToLowerInvariant(),
                LogSource = file.LogSource,
                Cluster = config.Cluster,
                Hostname = config.Node,
            },
        };
    }
}
