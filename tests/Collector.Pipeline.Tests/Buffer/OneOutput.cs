using System.Text;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>One recovered output on a simulated disk. Record n is a line of ten bytes, and covers as many of its source.</summary>
internal sealed class OneOutput : IDisposable
{
    public const int RecordLength = 10;
    private static readonly GenerationId Source = new(1);
    private static readonly GenerationIdentity Identity = new(Source, 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8));
    private readonly Books _books;
    private readonly TurnTally _tally = new();

    public OneOutput(SimulatedDisk disk, ManualClock clock, Func<OutputSettings, OutputSettings>? configure = null)
    {
        Disk = disk;
        _books = new Books(clock);
        Numbering = new Numbering(7, clock);
        var recovery = new OutputRecovery(disk.Root, Log);
        var loaded = recovery.Load();
        Numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
        Assert.True(KeyTemplate.TryParse("p/", out var template, out _));
        var settings = new OutputSettings { Name = "out", KeyPrefix = template, Node = "node-1", Compression = Compression.None, Catalog = new() { Enabled = false }, Shared = new() { MinFreeDisk = default } };
        settings = configure?.Invoke(settings) ?? settings;
        Recovered = recovery.Recover(loaded, Numbering, settings.Catalog.Enabled);
        Buffer = new OutputBuffer(settings, Recovered, _books.Output("out"), clock, Log);
        Sealer = new Sealer(Buffer, Uncovered.Add, Log);
    }

    public SimulatedDisk Disk { get; }

    public ListLogger Log { get; } = new();

    public Numbering Numbering { get; }

    public RecoveredOutput Recovered { get; }

    public OutputBuffer Buffer { get; }

    public Sealer Sealer { get; }

    /// <summary>What the sealer has given back.</summary>
    public CoverageMap Uncovered { get; } = new();

    public IStorageDirectory Root => Disk.Root;

    public OutputFigures Figures => _books.Snapshot().Outputs.Single().Figures;

    /// <summary>The numbers of the records that a coverage stands for.</summary>
    public static IEnumerable<int> RecordsIn(CoverageMap coverage) =>
        coverage.Find(Source)?.Intervals.Items.ToArray().SelectMany(i => Enumerable.Range((int)i.From / RecordLength, (int)i.Length / RecordLength)) ?? [];

    /// <summary>What these records cover.</summary>
    public static CoverageMap Covers(params int[] records)
    {
        var map = new CoverageMap();
        foreach (var record in records)
        {
            map.GetOrAdd(Identity).Add(record * RecordLength, (record + 1) * RecordLength, default);
        }

        return map;
    }

    public static byte[] Line(int record) => Encoding.UTF8.GetBytes($"record {record:D2}\n");

    public CommitResult Append(params int[] records) => Append(out _, records);

    public CommitResult AppendTo(string prefix, params int[] records) => Append(prefix, out _, records);

    /// <summary>The frame as it was, or would have been, written.</summary>
    public CommitResult Append(out byte[] frame, params int[] records) => Append("p/", out frame, records);

    /// <summary>Makes an object of these records.</summary>
    public BacklogItem AppendSealed(params int[] records)
    {
        Append(records);
        Buffer.CloseAll();
        var item = Buffer.Backlog.NextToSeal()!;
        Sealer.SealNext();
        return item;
    }

    public byte[] Read(string name)
    {
        using var file = Root.Open(name);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return bytes;
    }

    public void Flip(string name, long at)
    {
        using var file = Root.Open(name, writable: true);
        Span<byte> one = stackalloc byte[1];
        file.Read(one, at);
        one[0] ^= 1;
        file.Write(one, at);
        file.Sync();
    }

    public void Dispose() => Buffer.Dispose();

    private CommitResult Append(string prefix, out byte[] frame, int[] records)
    {
        using var batch = new Batch();
        foreach (var record in records)
        {
            batch.Bytes.Append(Line(record));
            batch.EndRecord("2026-11-20T10:00:00Z"u8);
            batch.Cover(Identity, record * RecordLength, (record + 1) * RecordLength);
        }

        var partition = Buffer.GetPartition(prefix);
        partition.Batch = batch;
        var result = Buffer.Commit(partition, batch.ToCoverage(), out var grown);
        partition.Batch = null;
        frame = batch.Bytes.Written.ToArray();
        if (result == CommitResult.Committed)
        {
            _tally.GetOrAdd(Buffer.Book).Records += batch.Records;
            _tally.GetOrAdd(Buffer.Book).Bytes += grown;
            _books.Commit(_tally);
        }

        return result;
    }
}
