using Collector.Pipeline.Buffer;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Running;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>I7: what the buffer holds in memory, and how often it syncs.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class BufferMemoryTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>S-136, S-65: a backlog of small objects, scaled down; started with, and delivered. With a prefix each (281 bytes measured) the queues take as much again.</summary>
    [Theory]
    [InlineData(20_000, 500, 160)]
    [InlineData(20_000, 20_000, 320)]
    public void An_object_that_waits_costs_little_memory(int objects, int prefixes, int mostEach)
    {
        var directory = FileSystemDirectory.Open(_directory.File("out"));
        WriteObjects(directory, objects, prefixes);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var recovery = new OutputRecovery(directory, new ListLogger());
        var loaded = recovery.Load();
        var numbering = new Numbering(7, _clock);
        numbering.Raise(loaded.HighestSeq, loaded.HighestOpenedAt);
        var recovered = recovery.Recover(loaded, numbering);
        var backlog = new Backlog();
        recovered.Objects.ForEach(backlog.Add);
        recovered.Objects.Clear();
        recovered.Objects.TrimExcess();
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / objects;
        Assert.True(each <= mostEach, $"{each} bytes an object");

        var delivered = 0;
        for (; backlog.TakeForUpload() is { } item; delivered++)
        {
            backlog.Remove(item);
        }

        Assert.Equal(objects, delivered);
        recovered.Positions.Dispose();
        GC.KeepAlive(loaded);
    }

    /// <summary>S-136: one listing, and nothing is opened twice.</summary>
    [Fact]
    public void A_start_does_not_grow_faster_than_the_number_of_objects()
    {
        var time = new List<double>();
        foreach (var objects in (int[])[3_000, 12_000])
        {
            var directory = FileSystemDirectory.Open(_directory.File($"out{objects}"));
            WriteObjects(directory, objects, 100);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var recovery = new OutputRecovery(directory, new ListLogger());
            recovery.Recover(recovery.Load(), new Numbering(7, _clock)).Positions.Dispose();
            time.Add(watch.Elapsed.TotalMilliseconds);
        }

        Assert.True(time[1] < (time[0] + 100) * 12, $"{time[0]} ms, then {time[1]} ms");
    }

    /// <summary>S-135: the lines of one read have as many dates as there are lines.</summary>
    [Fact]
    public void Records_with_6000_dates_cost_few_syncs_and_little_memory()
    {
        var disk = new SimulatedDisk();
        using var output = new OneOutput(disk, _clock, s => s with { Buffer = new() { MaxSize = 1L << 40 } });
        var (committed, syncs) = (0, 0);
        for (var line = 0; line < 6_000; line++)
        {
            var partition = output.Buffer.GetPartition($"p/{line}/");
            Fill(output.Buffer.Batches.BatchOf(partition), line);
            var from = disk.Trace.Count;
            committed += Commit(output, output.Buffer.Batches.TakeDue());
            syncs += CountSyncs(disk, from);
            Assert.True(output.Buffer.OpenChunks <= output.Buffer.Settings.Batch.MaxOpen);
            while (output.Buffer.Backlog.ClosedCount > 500 && output.Sealer.SealNext())
            {
                // The seal loop does so beside, and makes each durable first.
            }
        }

        committed += Commit(output, output.Buffer.Batches.TakeAll());
        Assert.Equal((6_000, 0), (committed, syncs));
        Assert.InRange(output.Buffer.Batches.Spare, 1, 16);
    }

    /// <summary>
    /// S-135: nobody seals. Then the output is full, and what is closed is bounded, too, whether it was closed to make room or
    /// because <c>maxAge</c> was over.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1)]
    public void While_nothing_is_sealed_the_closed_chunks_are_bounded(int linesInMaxAge)
    {
        using var output = new OneOutput(new SimulatedDisk(), _clock, s => s with { Batch = new() { MaxOpen = 16, MaxAge = TimeSpan.FromSeconds(10) } });
        var results = new List<CommitResult>();
        for (var line = 0; line < 100; line++)
        {
            if (linesInMaxAge > 0 && line % linesInMaxAge == 0)
            {
                _clock.Advance(TimeSpan.FromSeconds(11));
                output.Buffer.CloseDue();
            }

            var partition = output.Buffer.GetPartition($"p/{line}/");
            Fill(output.Buffer.Batches.BatchOf(partition), line);
            foreach (var due in output.Buffer.Batches.TakeAll())
            {
                results.Add(output.Buffer.Commit(due, due.Batch!.ToCoverage(), out _));
                output.Buffer.Batches.Release(due);
            }
        }

        Assert.Equal(32, output.Buffer.OpenChunks + output.Buffer.Backlog.ClosedCount);
        Assert.Equal(CommitResult.Full, results[^1]);
        Assert.True(output.Buffer.Space.IsFull);
        while (output.Sealer.SealNext())
        {
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        Fill(output.Buffer.Batches.BatchOf(output.Buffer.GetPartition("p/x/")), 1);
        Assert.Equal(1, Commit(output, output.Buffer.Batches.TakeAll()));
    }

    /// <summary>S-90: a thousand partitions open at once.</summary>
    [Fact]
    public void A_thousand_open_partitions_take_a_few_kilobytes_each()
    {
        var directory = FileSystemDirectory.Open(_directory.File("out"));
        var recovery = new OutputRecovery(directory, new ListLogger());
        var loaded = recovery.Load();
        Assert.True(KeyTemplate.TryParse("p/", out var template, out _));
        var settings = new OutputSettings { Name = "out", KeyPrefix = template, Node = "node-1", Catalog = new() { Enabled = false }, Shared = new() { MinFreeDisk = default }, Buffer = new() { MaxSize = 1L << 40 } };
        var books = new Pipeline.Diagnostics.Books(_clock);
        using var buffer = new OutputBuffer(settings, recovery.Recover(loaded, new Numbering(7, _clock)), books.Output("out"), _clock, new ListLogger());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var line = 0; line < 1_000; line++)
        {
            var partition = buffer.GetPartition($"p/{line}/");
            Fill(buffer.Batches.BatchOf(partition), line);
            foreach (var due in buffer.Batches.TakeAll())
            {
                Assert.Equal(CommitResult.Committed, buffer.Commit(due, due.Batch!.ToCoverage(), out _));
                buffer.Batches.Release(due);
            }
        }

        Assert.Equal(1_000, buffer.OpenChunks);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1_000;
        Assert.True(each < 3_000, $"{each} bytes a partition");
    }

    private static int Commit(OneOutput output, IReadOnlyList<Partition> partitions)
    {
        foreach (var partition in partitions)
        {
            Assert.Equal(CommitResult.Committed, output.Buffer.Commit(partition, partition.Batch!.ToCoverage(), out _));
            output.Buffer.Batches.Release(partition);
        }

        return partitions.Count;
    }

    private static int CountSyncs(SimulatedDisk disk, int from)
    {
        var syncs = 0;
        for (; from < disk.Trace.Count; from++)
        {
            syncs += disk.Trace[from].StartsWith("sync", StringComparison.Ordinal) ? 1 : 0;
        }

        return syncs;
    }

    private static void Fill(Batch batch, int line)
    {
        batch.Bytes.Append("a line\n"u8);
        batch.EndRecord("2026-11-20T10:00:00Z"u8);
        batch.Cover(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), line * 10, (line + 1) * 10);
    }

    private static void WriteObjects(FileSystemDirectory directory, int objects, int prefixes)
    {
        using var bytes = new ByteBuffer();
        for (var seq = 1; seq <= objects; seq++)
        {
            var coverage = new CoverageMap();
            coverage.GetOrAdd(new GenerationIdentity(new GenerationId((ulong)(seq % 100) + 1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of(new byte[1024]))).Add(seq * 10, (seq * 10) + 10, default);
            var header = new ObjectHeader
            {
                Seq = seq,
                Instance = 7,
                OpenedAt = 1_000_000 + seq,
                Key = $"logs/namespace/pod-{seq % prefixes}/{seq}",
                Prefix = $"logs/namespace/pod-{seq % prefixes}/",
                ContentType = "application/gzip",
                Node = "node-1",
                Records = 1,
                Bytes = 10,
                FirstTime = "2026-11-20T10:00:00Z",
                LastTime = "2026-11-20T10:00:00Z",
                BodyOffset = 0,
                BodyLength = 0,
                BodyCrc = 0,
                BodySha256 = null,
                FromReserve = false,
                Coverage = coverage,
            };
            bytes.Reset();
            header.Write(bytes);
            using var file = directory.Create(FileNames.Format(seq, FileState.Object));
            file.Write(bytes.Written, 0);
        }
    }
}

/// <summary>What measures the memory of the process runs beside nothing else.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
