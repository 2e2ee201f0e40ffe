using Collector.Configuration;
using Collector.Hosting;
using Collector.Kubernetes;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Running;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;

namespace Collector.Commands.Explaining;

/// <summary>
/// Explains by the agent's own code: the source's discovery, the pod's facts, the outputs' match, the key template.
/// </summary>
internal sealed class Explainer
{
    /// <summary>Stands for the digits that the agent chooses for a new chunk.</summary>
    private const string ChunkId = "<chunk id>";

    private readonly CollectorConfiguration _config;
    private readonly ContainerDescriber _describer;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<(OutputConfiguration Output, OutputMatch Match, KeyTemplate Key, string Store)> _outputs;

    private Explainer(CollectorConfiguration config, IReadOnlyList<Pod> pods, TimeProvider clock)
    {
        (_config, _clock, KnownPods) = (config, clock, pods.Count);
        var cache = new PodCache(clock);
        cache.Load(pods);
        var cluster = config.Kubernetes.Enabled ? new ClusterCaches(cache, Namespaces: null, Nodes: null, _ => false) : null;
        _describer = new ContainerDescriber(config, OwnPod.Find(Environment.GetEnvironmentVariable, Environment.MachineName), cluster);
        _outputs = [.. config.Outputs.Select(o => (o, new OutputMatch(o.Match), o.GetKeyTemplate(), StoreMapping.UrlOf(o.Store)))];
    }

    private PositionsReport? _positions;

    /// <summary>Pods that the agent has saved in the data dir; without them only paths give metadata.</summary>
    public int KnownPods { get; }

    /// <summary>Their directory; null: pods are not used.</summary>
    public string? PodsDirectory => DirectoryOf(_config);

    /// <summary>Reads the pods that the agent of that configuration saved, if there are any.</summary>
    public static Explainer For(CollectorConfiguration config) => new(config, DirectoryOf(config) is { } directory ? PodStore.Peek(directory) : [], TimeProvider.System);

    private static string? DirectoryOf(CollectorConfiguration config) => config.Kubernetes.Enabled ? Path.Join(config.DataDir, MetadataService.DirectoryName) : null;

    /// <summary>Every file of a source, including excluded and refused ones.</summary>
    public IReadOnlyList<Explanation> Explain() =>
        [.. _config.Sources.Select(s => PipelineMapping.MapSource(_config, s)).SelectMany(source => SourceSurvey.Read(source, _config.DataDir, _clock).Select(file => Explain(source, file)))];

    /// <summary>
    /// The same with two more facts for one file: how far the agent has read it (from its data dir), and its last record (from the
    /// log).
    /// </summary>
    public Explanation WithDetails(Explanation one)
    {
        List<string> notes = [.. one.Notes];
        return one with { Positions = Try(PositionsOf) ?? [], Record = one.IsCollected ? Try(RecordOf) : null, Notes = notes };

        IReadOnlyList<FilePosition> PositionsOf() => (_positions ??= PositionsReport.Read(_config.DataDir)).Find(one.File);

        string? RecordOf() => SampleRecord.Of(
            one.File, one.Source, one.Identity, one.Facts?.ParseJson ?? one.Source is ContainerSourceSettings { ParseJson: true }, one.Facts?.Excluded ?? LogStreams.None, _clock);

        T? Try<T>(Func<T?> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataDirException)
            {
                notes.Add($"{e.Message}; run explain as the user of the agent, or as root");
                return null;
            }
        }
    }

    private Explanation Explain(SourceSettings source, SurveyedFile file)
    {
        var facts = file.Container is { } container ? _describer.Describe(container) : null;
        var identity = source.Complete(facts?.Identity ?? (source as FileSourceSettings)?.IdentityOf(file.Writer) ?? new RecordIdentity());
        var excluded = file.Refusal ?? (file.IsExcluded ? WhyExcluded(source, file) : facts is { Excluded: LogStreams.Both } ? WhyExcluded(facts) : null);
        return new Explanation
        {
            File = file,
            Source = source,
            TakenBecause = file.FoundBy == file.Path ? $"it matches path {source.Path}" : $"its link {file.FoundBy} matches path {source.Path}",
            Identity = identity,
            Facts = facts,
            Excluded = excluded,
            Notes = excluded is null ? [.. NotesOn(source, identity, facts)] : [],
            Outputs = excluded is null ? [.. _outputs.Select(o => Explain(source, identity, facts, o.Output, o.Match, o.Key, o.Store))] : [],
        };
    }

    private ExplainedOutput Explain(SourceSettings source, RecordIdentity identity, ContainerFacts? facts, OutputConfiguration output, OutputMatch match, KeyTemplate template, string store)
    {
        if (match.Unmet(source.Name, identity) is { } unmet)
            return new ExplainedOutput(output.Name, store, output.Format, match.Describe(), $"{unmet} {WhatItHas(unmet, source, identity)}", []);

        LogStream[] streams = facts is null ? [LogStream.None] : [.. ((LogStream[])[LogStream.Stdout, LogStream.Stderr]).Where(s => ((byte)facts.Excluded & (byte)s) == 0)];
        var now = _clock.GetUtcNow();
        var keys = streams.Take(template.HasStream ? streams.Length : 1).Select(stream => ObjectKey.Format(
            template.Bind(identity, stream).Render(RecordTime.From(now)), now.ToUnixTimeMilliseconds(), _config.Node, ChunkId, output.Format, output.Compression));
        return new ExplainedOutput(output.Name, store, output.Format, match.Describe(), null, [.. keys]);
    }

    private static string WhatItHas(string unmet, SourceSettings source, RecordIdentity identity) => unmet switch
    {
        "match.sources" => $"does not name the source {source.Name}",
        "match.logTypes" => $"does not name the log type {identity.LogType}",
        "match.namespaces.include" => identity.Namespace is { } space ? $"does not include the namespace {space}" : "selects by namespace, and this log has no namespace",
        "match.namespaces.exclude" => $"excludes the namespace {identity.Namespace}",
        _ => identity.IsMetadataMissing ? "selects by pod labels, and the labels of this pod are not known here" : "selects by labels that the pod does not have",
    };

    private IEnumerable<string> NotesOn(SourceSettings source, RecordIdentity identity, ContainerFacts? facts)
    {
        if (facts is { Excluded: LogStreams.Stdout or LogStreams.Stderr })
            yield return $"its {(facts.Excluded == LogStreams.Stdout ? "stdout" : "stderr")} is excluded by an annotation of the pod";
        if (identity.IsMetadataMissing)
            yield return $"its pod is not known here ({PodsDirectory} has no file of the pod), so labels and annotations are ignored here; the agent asks the API";
        if (source.StartAt == StartAt.End && !Directory.Exists(_config.DataDir))
            yield return $"startAt: end, and no agent has run with {_config.DataDir} yet: lines that are in the file at the first start are skipped";
    }

    private static string WhyExcluded(SourceSettings source, SurveyedFile file) =>
        source.ExcludePaths.FirstOrDefault(p => new PathGlob(p) is var glob && (glob.IsMatch(file.FoundBy) || glob.IsMatch(file.Path))) is { } pattern
            ? $"excludePaths has {pattern}"
            : "it is a rotated file, and excludePaths excludes the file that it was rotated from";

    private static string WhyExcluded(ContainerFacts facts) => facts.Reason == ExclusionReason.OwnLog
        ? "it is the collector's own log; the annotation collector/exclude: \"false\" on its pod would include it"
        : "its pod has the annotation collector/exclude or fluentbit.io/exclude";
}
