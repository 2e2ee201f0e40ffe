using System.Text.Json;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tailing;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>How a collector's life ends.</summary>
public enum End
{
    /// <summary>As after SIGTERM: what is there is read, open chunks are closed.</summary>
    Clean,

    /// <summary>As after SIGKILL: memory is gone, the page cache is not.</summary>
    Kill,

    /// <summary>As <see cref="Kill"/>, and what was not synced is lost, kept or torn.</summary>
    PowerLoss,
}

/// <summary>What a test wants otherwise than usual.</summary>
internal sealed record TailOptions
{
    public int Outputs { get; init; } = 1;

    /// <summary>Further sources, given the harness's directories.</summary>
    public Func<NodeDirectories, IEnumerable<SourceSettings>> Sources { get; init; } = _ => [];

    public Func<ContainerSourceSettings, ContainerSourceSettings> Containers { get; init; } = c => c;

    public Func<TailSettings, TailSettings> Tail { get; init; } = t => t;

    public Func<int, OutputSettings, OutputSettings> Output { get; init; } = (_, o) => o;

    public Func<string, RecordIdentity, bool> Match { get; init; } = (_, _) => true;

    public Func<ContainerRef, RecordIdentity> Identify { get; init; } = TailHarness.IdentityOf;

    /// <summary>Instead of <see cref="Identify"/>, where more is known than a name.</summary>
    public Func<ContainerRef, ContainerFacts>? Facts { get; init; }

    public bool IsOnce { get; init; }

    /// <summary>What the positions tell at a start, as another version may have written them.</summary>
    public Func<CoverageMap, CoverageMap> Recovered { get; init; } = c => c;

    /// <summary>Of all that the harness leaves to chance: what a power failure takes, and when a chunk is old.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The data dir is a directory of the file system.</summary>
    public bool HasRealDisk { get; init; }

    /// <summary>With a <c>file</c> source of all <c>.log</c> in the node's <c>files</c>.</summary>
    public static TailOptions Files(Func<FileSourceSettings, FileSourceSettings>? change = null) => new()
    {
        Sources = node => [(change ?? (f => f))(new FileSourceSettings { Name = "files", Path = $"{node.Files}/*.log", Identity = new RecordIdentity { LogSource = "file" } })],
    };
}

/// <summary>
/// A node in a temporary directory and the tail above it, in virtual time: <see cref="TailWorker"/> and its output buffers are
/// the real ones, driven on the test's thread; the data dir is a <see cref="SimulatedDisk"/>. Times of modification are set to
/// the virtual time by all that writes here.
/// </summary>
internal sealed class TailHarness : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly List<KubeletLog> _logs = [];
    private readonly List<HarnessOutput> _outputs = [];
    private readonly Random _random;
    private TailWorker _worker = null!;

    public TailHarness(TailOptions? options = null)
    {
        Options = options ?? new TailOptions();
        _random = new Random(Options.Seed);
        Clock.Advance(TimeSpan.FromHours(1));
        Start();
    }

    /// <summary>May be changed before a <see cref="Restart"/>.</summary>
    public TailOptions Options { get; set; }

    public ManualClock Clock { get; } = new();

    public NodeDirectories Node { get; } = new();

    public SimulatedDisk Disk { get; private set; } = new();

    public Books Books { get; private set; } = null!;

    public CapturedLog Log { get; } = new();

    public IReadOnlyList<HarnessOutput> Outputs => _outputs;

    public TailWorker Worker => _worker;

    public static RecordIdentity IdentityOf(ContainerRef container) => new()
    {
        Namespace = container.Namespace,
        PodName = container.Pod,
        PodId = container.PodUid,
        ContainerName = container.Container,
        DockerId = container.ContainerId,
        RestartCount = container.Restart,
    };

    /// <summary>A container whose log is where kubelet has it.</summary>
    public KubeletLog Container(string pod = "cart", string container = "app", string space = "shop", bool isLinked = true)
    {
        var log = new KubeletLog(Node, Clock, space, pod, container, isLinked);
        _logs.Add(log);
        return log;
    }

    /// <summary>A file beneath the node's directory, for <c>file</c> sources and plain or docker logs.</summary>
    public NodeFile File(string path) => new(Path.Join(Node.Root, path), Clock);

    public void Cycle() => _worker.Cycle();

    /// <summary>Everything that is there now.</summary>
    public void Run()
    {
        for (var quiet = 0; quiet < 2;)
        {
            _worker.PollAll();
            quiet = _worker.Cycle() ? 0 : quiet + 1;
        }
    }

    /// <summary>Lets time pass, with the polls that come due.</summary>
    public void Advance(TimeSpan time)
    {
        for (; time > TimeSpan.Zero; time -= Step)
        {
            Clock.Advance(time < Step ? time : Step);
            while (_worker.Cycle())
            {
            }
        }
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Makes open chunks durable.</summary>
    public void Sync() => _outputs.ForEach(l => l.Buffer.SyncOpenChunks(l.Buffer.TakeDirty()));

    /// <summary>Another process on the same data dir.</summary>
    public void Restart(End end)
    {
        Stop(end);
        Start();
    }

    /// <summary>Nobody collects until <see cref="Start"/>.</summary>
    public void Stop(End end)
    {
        if (end == End.Clean)
        {
            Run();
            _worker.FoldSkipped();
            _outputs.ForEach(l => l.Buffer.CloseAll());
        }

        _worker.Dispose();
        Disk = Disk.Restart(_random.Next(), end == End.PowerLoss ? LossMode.PowerLoss : LossMode.ProcessCrash);
    }

    public void Start()
    {
        var counted = Books?.LossesSince(-1)!.WithoutCounts();
        Books = new Books(Clock);
        if (counted is not null)
        {
            // As the file of losses tells it, after a scrape that was long ago.
            Books.Continue(counted);
        }

        var uploaded = _outputs.ConvertAll(l => l.Uploaded);
        _outputs.Clear();
        var recoveries = Enumerable.Range(0, Options.Outputs).Select(i => new OutputRecovery(Directory($"output{i}"), NullLogger.Instance)).ToList();
        var loaded = recoveries.ConvertAll(r => r.Load());
        var numbering = new Numbering(1, Clock);
        loaded.ForEach(l => numbering.Raise(l.HighestSeq, l.HighestOpenedAt));
        var recovered = recoveries.Select((r, i) => r.Recover(loaded[i], numbering)).ToList();
        for (var i = 0; i < Options.Outputs; i++)
        {
            var settings = Options.Output(i, HarnessOutput.Defaults(i));
            _outputs.Add(new HarnessOutput(i, settings, recovered[i], Books, Clock, Options.Match, _random, i < uploaded.Count ? uploaded[i] : []) { Worker = () => _worker });
        }

        var unwanted = UnwantedPositions.Open(Directory("unwanted"), numbering);
        var known = new KnownGenerations([.. recovered.Select(r => (Options.Recovered(r.Coverage), (Func<GenerationId, NotedEnd?>)r.Positions.EndOf))], unwanted: unwanted.Known);
        _worker = new TailWorker(Settings(), [.. _outputs.Select(l => l.Output)], known, unwanted, Books, Clock, Log, new Parking(Clock, Log), Options.IsOnce);
    }

    /// <summary>All that output has got by now, in order; asserts what must hold of it at any time.</summary>
    public StoredRecords Stored(int output = 0)
    {
        var stored = _outputs[output].Stored();
        foreach (var (_, figures) in Books.Snapshot().Outputs)
        {
            Assert.Equal(0, figures.Imbalance);
        }

        if (Options.Outputs == 1)
        {
            var snapshot = Books.Snapshot();
            Assert.Equal(snapshot.Outputs[0].Figures.Matched, snapshot.Sources.Sum(s => s.Figures.Records - s.Figures.Excluded.Total - s.Figures.Unmatched));
        }

        return stored;
    }

    /// <summary>As counted; where the only output has a catalog, that says the same.</summary>
    public long LostBytes(BytesLostReason reason)
    {
        var counted = Books.Snapshot().BytesLost[reason];
        AssertListed(counted, "lost", reason.ToString(), line => line.GetProperty("sources").EnumerateArray()
            .SelectMany(source => source.GetProperty("intervals").EnumerateArray()).Sum(interval => interval[1].GetInt64() - interval[0].GetInt64()));
        return counted;
    }

    /// <summary>As {LostBytes}; but a file that cannot be opened has no line in the catalog.</summary>
    public long LostFiles(FilesLostReason reason)
    {
        var counted = Books.Snapshot().FilesLost[reason];
        if (reason != FilesLostReason.Unreadable)
            AssertFilesListed(reason, counted);
        return counted;
    }

    public void AssertFilesListed(FilesLostReason reason, long counted) => AssertListed(counted, "lost_files", reason.ToString(), line => line.GetProperty("files").GetInt64());

    private void AssertListed(long counted, string kind, string reason, Func<JsonElement, long> number)
    {
        if (Outputs is not [{ Buffer.Settings.Catalog.Enabled: true } only])
            return;
        var lines = only.Buffer.Positions.WaitingLines(long.MaxValue)?.Lines ?? [];
        var listed = lines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty(kind, out var why) && why.GetString() == JsonNamingPolicy.SnakeCaseLower.ConvertName(reason)).Sum(number);
        Assert.Equal($"{counted} {kind} by {reason}", $"{listed} {kind} by {reason}");
    }

    /// <summary>Nothing was counted as lost.</summary>
    public void AssertNothingLost()
    {
        var snapshot = Books.Snapshot();
        Assert.Equal((0, 0), (snapshot.BytesLost.Total, snapshot.FilesLost.Total));
    }

    public SourceFigures Source(string name = "containers") => Books.Snapshot().Sources.First(s => s.Name == name).Figures;

    public void Dispose()
    {
        _worker.Dispose();
        _logs.ForEach(l => l.Dispose());
        Node.Dispose();
    }

    private IStorageDirectory Directory(string name) => Options.HasRealDisk ? FileSystemDirectory.Open(Path.Join(Node.Root, "data", name)) : Disk.Root.OpenDirectory(name);

    private TailSettings Settings()
    {
        var containers = new ContainerSourceSettings { Name = "containers", Path = $"{Node.Containers}/*.log", PodLogs = Node.Pods, DockerRoot = Node.Docker };
        return Options.Tail(new TailSettings
        {
            Sources = [Options.Containers(containers), .. Options.Sources(Node)],
            Identify = Options.Facts ?? (c => new ContainerFacts { Identity = Options.Identify(c) }),
            MetadataTimeout = TimeSpan.FromSeconds(10),
        });
    }
}
