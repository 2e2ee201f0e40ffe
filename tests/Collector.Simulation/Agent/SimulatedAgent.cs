using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Collector.Simulation.Oracle;
using Collector.Testing.Storage;
using Collector.Testing.Time;

namespace Collector.Simulation.Agent;

/// <summary>What an agent's life is given by the world.</summary>
internal sealed record AgentWorld(SimulatedDisk Disk, ISourceTree Tree, ManualClock Clock, IReadOnlyList<MemoryStore> Stores, Func<string, PodFacts> FactsOf, TroubleLog Log, Random Random);

/// <summary>
/// One life of the whole agent on the simulation's thread: what <c>CollectorPipeline</c> runs on several, one step after the
/// other. This file and <see cref="AgentOutput"/> are all that knows the product's types.
/// </summary>
internal sealed class SimulatedAgent : IDisposable
{
    private const string UnwantedName = "unwanted";

    private readonly AgentWorld _world;
    private readonly AgentSettings _settings;
    private readonly CollectorMetrics _metrics;
    private readonly List<AgentOutput> _outputs = [];
    private readonly TailWorker _tail;

    /// <summary>Recovers and is ready for its first cycle. Throws <see cref="SimulatedCrashException"/> when the disk says so.</summary>
    public SimulatedAgent(AgentWorld world, AgentSettings settings)
    {
        (_world, _settings) = (world, settings);
        _metrics = new CollectorMetrics(world.Clock, "1", "simulation");
        try
        {
            var (recovered, orphans, unwanted) = Recover();
            for (var i = 0; i < settings.Outputs; i++)
            {
                _outputs.Add(new AgentOutput(i, OutputSettingsOf(i), recovered[i], _metrics, world, MatchOf(i)) { Tail = () => _tail! });
            }

            var known = new KnownGenerations([.. recovered.Select(r => (r.Coverage, (Func<GenerationId, NotedEnd?>)r.Positions.EndOf))], orphans, unwanted.Known);
            _tail = new TailWorker(TailSettings(), [.. _outputs.Select(o => o.Output)], known, unwanted, _metrics.Books, world.Clock, world.Log, new Parking(world.Clock, world.Log), isOnce: false);
        }
        catch
        {
            _outputs.ForEach(o => o.Dispose());
            _metrics.Dispose();
            throw;
        }
    }

    /// <summary>The disk does not tell where this output begins.</summary>
    public bool IsToBegin(int output) => output < _outputs.Count && !_outputs[output].Output.Buffer.Positions.FirstStartDone;

    /// <summary>What the books of the outputs are off by, in absolute numbers.</summary>
    public long Imbalance => _outputs.Sum(o => Math.Abs(o.Output.Buffer.Book.Figures.Imbalance));

    /// <summary>One cycle of the tail; true when there may be more.</summary>
    public bool Cycle()
    {
        var progress = _tail.Cycle();
        ThrowIfDead();
        return progress;
    }

    public void Sync()
    {
        _outputs.ForEach(o => o.Sync());
        ThrowIfDead();
    }

    public void SealAndSend()
    {
        _outputs.ForEach(o => o.SealAndSend());
        ThrowIfDead();
    }

    public void MetadataChanged(string podUid) => _tail.MetadataChanged(new HashSet<string>(StringComparer.Ordinal) { podUid });

    /// <summary>As after SIGTERM: what is there is read, open chunks are closed; what cannot be sent at once stays.</summary>
    /// <returns>False: something had to be still for a moment before what is behind it, and is left to the next start.</returns>
    public bool Drain()
    {
        _tail.EndWaits();
        for (var quiet = 0; quiet < 2;)
        {
            _tail.PollAll();
            quiet = Cycle() ? 0 : quiet + 1;
        }

        AgentOutput.Quietly(_tail.FoldSkipped);
        _outputs.ForEach(o => o.CloseAll());
        SealAndSend();
        _outputs.ForEach(o => o.FinishCatalog());
        SealAndSend();
        return !_tail.IsWaiting;
    }

    public AgentFigures Figures()
    {
        var books = _metrics.Books.Snapshot();
        return new AgentFigures(
            Enum.GetValues<BytesLostReason>().ToDictionary(r => r.ToString(), r => books.BytesLost[r], StringComparer.Ordinal),
            Enum.GetValues<FilesLostReason>().ToDictionary(r => r.ToString(), r => books.FilesLost[r], StringComparer.Ordinal),
            books.Outputs.Sum(o => o.Figures.Dropped.Total));
    }

    public void Dispose()
    {
        _tail.Dispose();
        _outputs.ForEach(o => o.Dispose());
        _metrics.Dispose();
    }

    private void ThrowIfDead() => _world.Disk.Root.GetSpace();

    private (List<RecoveredOutput> Outputs, List<CoverageMap> Orphans, UnwantedPositions Unwanted) Recover()
    {
        var root = _world.Disk.Root;
        var configured = Enumerable.Range(0, _settings.Outputs).Select(NameOf).ToList();
        var others = root.ListDirectories().Order(StringComparer.Ordinal).Except([.. configured, UnwantedName], StringComparer.Ordinal).ToList();
        var loaded = configured.Concat(others).ToDictionary(name => name, name => Load(root, name), StringComparer.Ordinal);
        var numbering = new Numbering(1, _world.Clock);
        foreach (var (_, positions) in loaded.Values)
        {
            numbering.Raise(positions.HighestSeq, positions.HighestOpenedAt);
        }

        var recovered = configured.ConvertAll(name => loaded[name].Recovery.Recover(loaded[name].Positions, numbering));
        var orphans = others.ConvertAll(name => loaded[name].Recovery.Recover(loaded[name].Positions, numbering));
        orphans.ForEach(o => o.Positions.Dispose());
        return (recovered, orphans.ConvertAll(o => o.Coverage), UnwantedPositions.Open(root.OpenDirectory(UnwantedName), numbering));
    }

    private (OutputRecovery Recovery, LoadedPositions Positions) Load(IStorageDirectory root, string name)
    {
        var recovery = new OutputRecovery(root.OpenDirectory(name), _world.Log);
        return (recovery, recovery.Load());
    }

    private static string NameOf(int output) => $"output{output}";

    private OutputSettings OutputSettingsOf(int output) => new()
    {
        Name = NameOf(output),
        KeyPrefix = KeyTemplate.TryParse(_settings.KeyPrefix, out var template, out var error) ? template : throw new ArgumentException(error),
        Node = "node",
        Compression = Compression.None,
        Shared = new() { MinFreeDisk = default },
        Batch = new() { MaxAge = _settings.MaxAge },
        Retry = new() { MaxBackoff = TimeSpan.FromSeconds(5) },
        Catalog = new() { Enabled = _settings.HasCatalog, Prefix = CatalogJudgement.Prefix, Interval = TimeSpan.FromSeconds(30) },
    };

    private Func<string, RecordIdentity, bool> MatchOf(int output) => output == 1 && _settings.MatchesLabel
        ? (source, identity) => source == "files" || identity.Labels.GetValueOrDefault("want") == "yes"
        : (_, _) => true;

    private TailSettings TailSettings() => new()
    {
        Sources =
        [
            new ContainerSourceSettings { Name = "containers", Path = $"{NodePaths.Containers}/*.log", PodLogs = NodePaths.Pods, DockerRoot = NodePaths.Docker },
            new FileSourceSettings { Name = "files", Path = FileGlobs.PatternOf(_settings.Files), StartAt = _settings.FilesStartAtEnd ? StartAt.End : StartAt.Beginning, Identity = new RecordIdentity { LogSource = "file" } },
        ],
        Identify = Identify,
        MetadataTimeout = TimeSpan.FromSeconds(10),
        MaxOpenFiles = 1000,
        Tree = _world.Tree,
    };

    private ContainerFacts Identify(ContainerRef container)
    {
        var pod = _world.FactsOf(container.Pod);
        return new ContainerFacts
        {
            Excluded = pod.IsExcluded ? LogStreams.Both : LogStreams.None,
            Identity = new RecordIdentity
            {
                Namespace = container.Namespace,
                PodName = container.Pod,
                PodId = container.PodUid,
                ContainerName = container.Container,
                DockerId = container.ContainerId,
                RestartCount = container.Restart,
                Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = pod.Label, ["want"] = pod.IsWanted ? "yes" : "no" },
            },
        };
    }
}
