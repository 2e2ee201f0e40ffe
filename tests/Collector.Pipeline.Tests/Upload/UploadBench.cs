using System.Diagnostics;
using System.Text;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Upload;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>One output in one life of the process: its buffer on a simulated disk, its uploader, a scripted store, virtual time.</summary>
internal sealed class UploadBench : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly CancellationTokenSource _stop = new();
    private readonly CollectorMetrics _metrics;
    private readonly Numbering _numbering;
    private readonly Sealer _sealer;
    private readonly TurnTally _tally = new();
    private Task _run = Task.CompletedTask;
    private bool _isDisposed;

    public UploadBench(OutputSettings? settings = null, ManualClock? clock = null, ScriptedStore? store = null, SimulatedDisk? disk = null)
    {
        Clock = clock ?? new ManualClock();
        Store = store ?? new ScriptedStore(Clock);
        Disk = disk ?? new SimulatedDisk();
        _metrics = new CollectorMetrics(Clock, "1", "test");
        var directory = Disk.Root.OpenDirectory("o");
        var recovery = new OutputRecovery(directory, Log);
        var loaded = recovery.Load();
        _numbering = new Numbering(0xabcd, Clock);
        _numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
        Buffer = new OutputBuffer(settings ?? Settings(), recovery.Recover(loaded, _numbering), _metrics.Books.Output("o"), Clock, Log);
        _sealer = new Sealer(Buffer, _ => throw new InvalidOperationException("a whole chunk was taken for damaged"), Log);
    }

    public ManualClock Clock { get; }

    public ScriptedStore Store { get; }

    public SimulatedDisk Disk { get; }

    public OutputBuffer Buffer { get; }

    public RecordingLogger Log { get; } = new();

    /// <summary>What the tail says when it is asked to read again.</summary>
    public UncoverResult Uncover { get; set; } = UncoverResult.Gone;

    /// <summary>What the tail was asked to read again.</summary>
    public List<CoverageMap> Uncovered { get; } = [];

    public OutputFigures Figures => _metrics.Books.Snapshot().Outputs.Single().Figures;

    /// <summary>Names of buffered files, without the positions.</summary>
    public IReadOnlyList<string> Files => [.. Buffer.Directory.ListFiles().Where(name => FileNames.TryParse(name, out _, out _)).Order(StringComparer.Ordinal)];

    public bool IsEmpty => Buffer.Backlog.Count == 0;

    /// <summary>A planned crash has happened.</summary>
    public bool IsDead
    {
        get
        {
            try
            {
                Disk.Root.ListFiles();
                return false;
            }
            catch (SimulatedCrashException)
            {
                return true;
            }
        }
    }

    public static OutputSettings Settings()
    {
        Assert.True(KeyTemplate.TryParse("x/", out var template, out var error), error);
        return new OutputSettings { Name = "o", KeyPrefix = template, Node = "node-1", Compression = Compression.None, Catalog = new() { Enabled = false }, Shared = new() { MinFreeDisk = default } };
    }

    /// <summary>Appends the lines, seals them as one object, and reads its header. Only before <see cref="Start"/>: a running uploader may have stored the object and deleted its file by then.</summary>
    public ObjectHeader Add(string prefix, params string[] lines)
    {
        Append(prefix, lines);
        return ReadHeader(FileNames.Format(_numbering.LastSeq, FileState.Object))!;
    }

    /// <summary>Appends the lines, and seals them as one object.</summary>
    public void Append(string prefix, params string[] lines)
    {
        var partition = Buffer.GetPartition(prefix);
        using var batch = new Batch();
        foreach (var line in lines)
        {
            batch.Bytes.Append(Encoding.UTF8.GetBytes(line + "\n"));
            batch.EndRecord("2026-11-20T10:00:00Z"u8);
        }

        batch.Cover(new GenerationIdentity(GenerationId.New(), 0, 1, 1, 0, prefix, "0.log", Fingerprint.Of("log"u8)), 0, 10);
        partition.Batch = batch;
        Assert.Equal(CommitResult.Committed, Buffer.Commit(partition, batch.ToCoverage(), out var grown));
        partition.Batch = null;
        _tally.GetOrAdd(Buffer.Book).Records += batch.Records;
        _tally.GetOrAdd(Buffer.Book).Bytes += grown;
        _metrics.Books.Commit(_tally);
        Buffer.CloseAll();
        while (_sealer.SealNext())
        {
        }

        Clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    public ObjectHeader? ReadHeader(string name)
    {
        using var file = Buffer.Directory.Open(name);
        return ObjectHeader.Read(file, name);
    }

    /// <summary>Changes a byte of an object's body, or of its header, when so much time has passed that the body is looked at again.</summary>
    public void Damage(ObjectHeader header, bool inHeader = false)
    {
        var name = Files.Single(file => file.StartsWith(FileNames.Format(header.Seq, FileState.Object)[..12], StringComparison.Ordinal));
        using var file = Buffer.Directory.Open(name, writable: true);
        file.Write([0xff], inHeader ? header.FileLength - 30 : header.BodyOffset);
        file.Sync();
        Clock.Advance(ObjectSender.WalkHolds);
    }

    public void Start()
    {
        var services = new UploaderServices((coverage, giveUp) =>
        {
            Uncovered.Add(coverage);
            return Task.FromResult(Uncover == UncoverResult.Uncovered ? GiveBack(giveUp) : Uncover);
        });
        var uploader = new Uploader(Buffer, Store, services, _metrics, Clock, Log);
        _run = Task.Run(() => uploader.RunAsync(new Health(Clock).Register("upload", TimeSpan.FromHours(1)), _stop.Token));
    }

    /// <summary>As the tail does it.</summary>
    private static UncoverResult GiveBack(Action giveUp)
    {
        try
        {
            giveUp();
            return UncoverResult.Uncovered;
        }
        catch (StorageException)
        {
            return UncoverResult.NotNow;
        }
    }

    /// <summary>Lets virtual time go on, a step at a time, until it is so.</summary>
    public async Task UntilAsync(string reason, Func<bool> condition, TimeSpan? step = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (_run.IsFaulted)
            {
                _run.GetAwaiter().GetResult();
            }

            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"waited in vain until {reason}; log: {string.Join('\n', Log.Entries.TakeLast(5))}");
            Clock.Advance(step ?? TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    public Task UntilEmptyAsync() => UntilAsync("the backlog is empty", () => IsEmpty);

    /// <summary>Ends the uploader, as a shutdown does.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await UntilAsync("the uploader has ended", () => _run.IsCompleted);
        _run.GetAwaiter().GetResult();
    }

    /// <summary>The next life on what the disk holds. This one is over.</summary>
    public async Task<UploadBench> RestartAsync(LossMode mode = LossMode.ProcessCrash, int seed = 0)
    {
        await DisposeAsync();
        return new UploadBench(Buffer.Settings, Clock, Store, Disk.Restart(seed, mode));
    }

    /// <summary>Also looks whether the store was treated well, and the books balance.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await StopAsync();
        Assert.Empty(Store.Violations);
        Assert.Equal(0, Figures.Imbalance);
        Buffer.Dispose();
        if (!IsDead)
        {
            // In a dead process a creation that nobody heard of counts as open.
            Assert.Equal(0, Disk.OpenHandles);
        }

        _metrics.Dispose();
        _stop.Dispose();
    }
}
