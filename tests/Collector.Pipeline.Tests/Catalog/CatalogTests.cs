using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Buffer;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Catalog;

/// <summary>What an output says of what it has delivered (CATALOG.md).</summary>
public sealed class CatalogTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private readonly ManualClock _clock = new();

    /// <summary>What the store has, by key.</summary>
    private readonly SortedDictionary<string, byte[]> _stored = new(StringComparer.Ordinal);

    [Fact]
    public void Each_object_that_was_stored_or_dropped_has_one_line()
    {
        using var life = new Life(this, new SimulatedDisk());
        life.Append(0, 1);
        life.Append(2);
        life.Deliver();
        var dropped = life.Append(3);
        life.Output.Buffer.Fold(Header(life.Output, dropped), DropReason.BufferFull);
        life.Output.Root.Delete(dropped.FileName);
        life.Output.Buffer.Backlog.Remove(dropped);
        life.Finish();

        var (head, lines) = Assert.Single(Catalogs());
        Assert.Equal((1, "node-1", "out", null, 0, 3), (
            head.GetProperty("catalog").GetInt64(), head.GetProperty("node").GetString(), head.GetProperty("output").GetString(),
            head.GetProperty("previous").GetString(), head.GetProperty("from").GetInt64(), head.GetProperty("to").GetInt64()));
        Assert.Equal([0, 1, 2], lines.Select(l => l.GetProperty("line").GetInt64()));
        Assert.Equal([2, 1, 1], lines.Select(l => l.GetProperty("records").GetInt64()));
        Assert.Equal("buffer_full", lines[2].GetProperty("dropped").GetString());
        var first = _stored[lines[0].GetProperty("key").GetString()!];
        Assert.Equal(first.Length, lines[0].GetProperty("stored_bytes").GetInt64());
        Assert.Equal(Crc32C.Compute(first).ToString("x8"), lines[0].GetProperty("crc32c").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(first)), lines[0].GetProperty("sha256").GetString());
        Assert.Equal("""[{"log":"chain","generation":"0000000000000001","file":"0.log","intervals":[[0,20]]}]""", lines[0].GetProperty("sources").GetRawText());
    }

    [Fact]
    public void Lines_wait_for_the_interval()
    {
        using var life = new Life(this, new SimulatedDisk());
        life.Append(0);
        life.Deliver();
        _clock.Advance(Interval - TimeSpan.FromSeconds(1));
        life.Deliver();
        Assert.Empty(Catalogs());

        _clock.Advance(TimeSpan.FromSeconds(1));
        life.Deliver();
        Assert.Single(Catalogs());
        life.Append(1);
        life.Deliver();
        Assert.Single(Catalogs());
    }

    /// <summary>The store is away for longer than the interval.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lines_of_an_object_that_is_not_delivered_yet_are_in_no_other(bool restarts)
    {
        var disk = new SimulatedDisk();
        var life = new Life(this, disk);
        try
        {
            life.Append(0);
            life.Deliver();
            _clock.Advance(Interval);
            Assert.True(life.Catalog.TryMake());
            if (restarts)
            {
                life.Dispose();
                life = new Life(this, disk);
            }

            _clock.Advance(Interval);
            Assert.False(life.Catalog.TryMake());
            life.Append(1);
            life.Deliver();
            life.Finish();
        }
        finally
        {
            life.Dispose();
        }

        Assert.Equal([(1, 0, 1), (2, 1, 2)], Catalogs().Select(c => c.Head).Select(head => (head.GetProperty("catalog").GetInt32(), head.GetProperty("from").GetInt32(), head.GetProperty("to").GetInt32())));
    }

    [Fact]
    public void A_catalog_object_names_the_one_before_it_over_a_restart()
    {
        var disk = new SimulatedDisk();
        for (var i = 0; i < 3; i++)
        {
            using var life = new Life(this, disk);
            life.Append(i);
            life.Deliver();
            life.Finish();
        }

        Assert.Equal([1, 2, 3], Catalogs().Select(c => c.Head.GetProperty("catalog").GetInt64()));
        var hashes = _stored.Where(s => IsCatalogs(s.Key)).Select(s => Convert.ToHexStringLower(SHA256.HashData(s.Value))).ToList();
        Assert.Equal([null, hashes[0], hashes[1]], Catalogs().Select(c => c.Head.GetProperty("previous").GetString()));
    }

    /// <summary>The books know records that were read, and a line of the catalog was not.</summary>
    [Fact]
    public void What_the_catalog_has_counts_as_no_records_also_over_a_restart()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(this, disk))
        {
            life.Append(0, 1, 2);
            life.Deliver();
            life.Catalog.Finish();
            Assert.True(life.Catalog.TryMake());
            Assert.Equal(0, life.Output.Figures.Imbalance);
        }

        using var next = new Life(this, disk);
        Assert.Equal(0, next.Output.Recovered.Waiting);
        next.Deliver();
        Assert.Equal(0, next.Output.Figures.Imbalance);
        Assert.Single(Catalogs());
    }

    /// <summary>I13 for lines: at every crash and power loss each object gets its line, and gets it once.</summary>
    [Theory]
    [InlineData(DiskFault.CrashBefore, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashAfter, LossMode.ProcessCrash)]
    [InlineData(DiskFault.CrashBefore, LossMode.PowerLoss)]
    [InlineData(DiskFault.CrashAfter, LossMode.PowerLoss)]
    [InlineData(DiskFault.Io, LossMode.PowerLoss)]
    public void Whatever_happens_between_two_operations_each_object_has_one_line(DiskFault fault, LossMode mode)
    {
        var wasReached = true;
        for (var operation = 1; wasReached; operation++)
        {
            _stored.Clear();
            var disk = new SimulatedDisk(operation);
            disk.FailAt(operation, fault);
            wasReached = TryLive(disk, first: 0);
            disk = disk.Restart(operation, mode);
            TryLive(disk, first: 10);
            using (var last = new Life(this, disk.Restart(operation, mode)))
            {
                last.Deliver();
                last.Finish();
            }

            var lines = Catalogs().SelectMany(c => c.Lines).ToList();
            var objects = _stored.Keys.Where(k => !IsCatalogs(k)).ToList();
            Assert.Equal(objects, lines.Select(l => l.GetProperty("key").GetString()!).Order(StringComparer.Ordinal));
            Assert.Equal(Enumerable.Range(0, lines.Count).Select(n => (long)n), lines.Select(l => l.GetProperty("line").GetInt64()).Order());
            Assert.Equal(Enumerable.Range(1, Catalogs().Count).Select(n => (long)n), Catalogs().Select(c => c.Head.GetProperty("catalog").GetInt64()));
        }
    }

    /// <summary>So a reader knows which objects had to be told of.</summary>
    [Fact]
    public void The_head_says_what_is_settled_and_what_is_not()
    {
        using var life = new Life(this, new SimulatedDisk());
        life.Append(0);
        life.Deliver();
        var waiting = life.Append(1);
        _clock.Advance(Interval);
        Assert.True(life.Catalog.TryMake());
        life.Deliver();
        life.Finish();

        var heads = Catalogs().ConvertAll(c => c.Head);
        Assert.Equal((1, waiting.Seq + 1, $"[{waiting.Seq}]"), SettledIn(heads[0]));
        Assert.Equal((1, waiting.Seq + 2, "[]"), SettledIn(heads[1]));
    }

    /// <summary>Thousands of chunks may be open.</summary>
    [Fact]
    public void What_is_not_settled_does_not_fill_the_head()
    {
        var settled = DecidedSeqs.Of(1, upTo: 1000, Enumerable.Range(10, 500).Select(n => (long)n).Reverse());
        Assert.Equal((10 + DecidedSeqs.MostPending, 10), (settled.To, settled.Pending[0]));
        Assert.Equal(DecidedSeqs.MostPending, settled.Pending.Count);
    }

    [Fact]
    public void Bytes_that_are_not_wanted_or_lost_have_lines_over_a_restart()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(this, disk))
        {
            life.Output.Buffer.Positions.Skip(SkipReason.NoRecord, OneOutput.Covers(0), hasCatalog: true);
            life.Output.Buffer.Positions.End(new GenerationId(1), GenerationEnd.Incomplete, loss: number => CatalogLine.OfLoss(number, BytesLostReason.RotatedAway, OneOutput.Covers(1)));
            life.Output.Buffer.Positions.Sync();
        }

        using var next = new Life(this, disk.Restart(1, LossMode.PowerLoss));
        next.Finish();
        const string Sources = ""","sources":[{"log":"chain","generation":"0000000000000001","file":"0.log","intervals":[[FROM,TO]]}]}""";
        Assert.Equal(
            ["{\"line\":0,\"skipped\":\"no_record\"" + Sources.Replace("FROM,TO", "0,10", StringComparison.Ordinal), "{\"line\":1,\"lost\":\"rotated_away\"" + Sources.Replace("FROM,TO", "10,20", StringComparison.Ordinal)],
            Catalogs().Single().Lines.Select(l => l.GetRawText()));
    }

    /// <summary>It may be durable or not; a disk that fails for long does not pile up lines.</summary>
    [Fact]
    public void A_skip_that_failed_is_said_with_the_next_one()
    {
        var disk = new SimulatedDisk();
        using var life = new Life(this, disk);
        disk.FailAt(disk.Operations + 1, DiskFault.Io);
        Assert.Throws<StorageException>(() => life.Output.Buffer.Positions.Skip(SkipReason.NoRecord, OneOutput.Covers(3), hasCatalog: true));
        life.Output.Buffer.Positions.Skip(SkipReason.NoRecord, OneOutput.Covers(5), hasCatalog: true);
        life.Finish();
        Assert.Equal("[[30,40],[50,60]]", Assert.Single(Catalogs().Single().Lines).GetProperty("sources")[0].GetProperty("intervals").GetRawText());
    }

    /// <summary>What is delivered meanwhile has no line, and a reader is told from where to where.</summary>
    [Fact]
    public void A_time_without_a_catalog_is_told_of_when_it_goes_on()
    {
        var disk = new SimulatedDisk();
        using (var life = new Life(this, disk))
        {
            life.Append(0);
            life.Deliver();
            life.Finish();
        }

        long first = 0;
        for (var i = 1; i < 3; i++)
        {
            using var off = new Life(this, disk, hasCatalog: false);
            var item = off.Append(i);
            first = i == 1 ? item.Seq : first;
            off.Deliver();
        }

        using var on = new Life(this, disk);
        var told = on.Append(3);
        on.Deliver();
        on.Finish();
        var (head, lines) = Catalogs()[^1];
        Assert.Equal((2, told.Seq), (head.GetProperty("catalog").GetInt64(), head.GetProperty("since").GetInt64()));
        Assert.Equal(first, Assert.Single(lines, l => l.TryGetProperty("off", out _)).GetProperty("off").GetInt64());
        Assert.Equal(2, lines.Count);
    }

    private static (long Since, long To, string Pending) SettledIn(JsonElement head) =>
        (head.GetProperty("since").GetInt64(), head.GetProperty("settled").GetInt64(), head.GetProperty("pending").GetRawText());

    private static bool IsCatalogs(string key) => key.StartsWith("_catalog/", StringComparison.Ordinal);

    private static ObjectHeader Header(OneOutput output, BacklogItem item)
    {
        using var file = output.Root.Open(item.FileName);
        return ObjectHeader.Read(file, item.FileName)!;
    }

    /// <summary>A life that ends where the disk fails; true when it did.</summary>
    private bool TryLive(SimulatedDisk disk, int first)
    {
        var before = disk.Operations;
        try
        {
            using var life = new Life(this, disk);
            for (var i = first; i < first + 3; i++)
            {
                life.Append(i);
                life.Deliver();
                _clock.Advance(Interval);
            }

            life.Finish();
            return false;
        }
        catch (Exception e) when (e is SimulatedCrashException or StorageException)
        {
            return disk.Operations > before;
        }
    }

    private List<(JsonElement Head, List<JsonElement> Lines)> Catalogs() => _stored.Where(s => IsCatalogs(s.Key)).Select(s =>
    {
        using var text = new StreamReader(new GZipStream(new MemoryStream(s.Value), CompressionMode.Decompress), Encoding.UTF8);
        var lines = text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        return (lines[0], lines[1..]);
    }).ToList();

    /// <summary>One life of an output that delivers into the test's store.</summary>
    private sealed class Life : IDisposable
    {
        private readonly CatalogTests _test;

        private readonly bool _hasCatalog;

        public Life(CatalogTests test, SimulatedDisk disk, bool hasCatalog = true)
        {
            (_test, _hasCatalog) = (test, hasCatalog);
            var settings = new CatalogSettings { Prefix = "_catalog/", Interval = Interval };
            Output = new OneOutput(disk, test._clock, s => s with { Catalog = settings with { Enabled = hasCatalog } });
            Catalog = new CatalogSealer(Output.Buffer, settings, Output.Log);
        }

        public OneOutput Output { get; }

        public CatalogSealer Catalog { get; }

        public BacklogItem Append(params int[] records) => Output.AppendSealed(records);

        public void Finish()
        {
            Catalog.Finish();
            Deliver();
        }

        /// <summary>What the store has already is stored.</summary>
        public void Deliver()
        {
            do
            {
                while (Output.Sealer.SealNext())
                {
                }

                while (Output.Buffer.Backlog.TakeForUpload() is { } item)
                {
                    var header = Header(Output, item);
                    using (var body = SealedBody.Open(Output.Root.Open(item.FileName), header))
                    {
                        var bytes = new byte[header.BodyLength];
                        body.ReadExactly(bytes);
                        _test._stored.TryAdd(header.Key, bytes);
                    }

                    Output.Buffer.Fold(header);
                    Output.Root.Delete(item.FileName);
                    Output.Buffer.Stored(item, header);
                }
            }
            while (_hasCatalog && Catalog.TryMake());
        }

        public void Dispose() => Output.Dispose();
    }
}
