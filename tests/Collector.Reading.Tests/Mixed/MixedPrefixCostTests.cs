using System.Text;
using Collector.Pipeline.Records;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Reading.Tests.Mixed;

/// <summary>What an answer costs where a prefix mixes containers: requests, and lines that are held.</summary>
public sealed class MixedPrefixCostTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = Objects.Start;
    private static readonly Question All = new() { Lives = Lives.All };

    private readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public static TheoryData<Compression, string> Compressions => new()
    {
        { Compression.Gzip, ".jsonl.gz" },
        { Compression.Zstd, ".jsonl.zst" },
        { Compression.None, ".jsonl" },
        { Compression.Zlib, ".jsonl.zz" },
        { Compression.Snappy, ".jsonl.snappy" },
    };

    /// <summary>The agent followed: blocks are in order, so each object is read once for them and once for its lines.</summary>
    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Objects_in_order_cost_two_requests_each(Compression compression, string extension)
    {
        for (var i = 0; i < 3; i++)
            Put(Start.AddHours(i), Start.AddHours(i + 1), compression, extension, Enumerable.Range(0, 6_000).Select(line => (line % 3, Start.AddHours(i).AddMilliseconds(line * 500))));
        await using var logs = Open();

        Assert.Equal(18_000, await CountInOrderAsync(logs));
        Assert.Equal(2 * 3, Gets());
    }

    /// <summary>Containers of an object were read one after the other, and lines of all their blocks are more than may be held.</summary>
    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Lines_above_the_bound_are_given_back_and_decoded_again(Compression compression, string extension)
    {
        for (var i = 0; i < 2; i++)
            Put(Start.AddHours(5 + i), Start.AddHours(6 + i), compression, extension, Enumerable.Range(0, 12_000).Select(line => ((3 * i) + (line / 4_000), Start.AddSeconds(line % 4_000))));
        const int Bound = 1 << 20;
        var bounds = new MergeBounds { MostHeld = Bound };
        await using var logs = Open();
        var plan = await logs.PlanAsync(All, lastOnly: false, CancellationToken.None);
        await using var fetcher = new ObjectFetcher(_store);
        var blocks = await new BlockFinder(fetcher, All, LineSearch.Everything, bounds).FindAsync(plan.OfSeveralContainers, null, new Findings(), CancellationToken.None);
        using var merge = new BlockMerge(blocks, new BlockReader(fetcher, All, LineSearch.Everything, null, bounds, new Findings()), bounds.MostHeld);

        var (lines, most, before) = (0, 0L, new RecordTime(0));
        while (await merge.FillAsync(CancellationToken.None))
        {
            most = Math.Max(most, merge.Held);
            var line = merge.Dequeue();
            Assert.True(line.Time >= before, $"line {lines} comes too late");
            (before, lines) = (line.Time!.Value, lines + 1);
        }

        Assert.Equal((24_000, 0L), (lines, merge.Held));
        Assert.InRange(most, Bound / 2, Bound);
        Assert.InRange(blocks.Count, 8, 30);

        // All lines are some 5 times what may be held.
        Assert.InRange(merge.Again, 1, blocks.Count * 12);
    }

    /// <summary>A year of hours, of which the last ones have enough lines.</summary>
    [Fact]
    public async Task The_last_lines_cost_the_objects_of_two_hours()
    {
        for (var i = 0; i < 2_500; i++)
            Put(Start.AddMinutes(20 * i), Start.AddMinutes(20 * (i + 1)), Compression.Gzip, ".jsonl.gz", Enumerable.Range(0, 20).Select(line => (line % 2, Start.AddMinutes((20 * i) + (line / 2)))));
        await using var logs = Open();
        var plan = await logs.PlanAsync(All, lastOnly: true, CancellationToken.None);

        Assert.Equal(Enumerable.Range(10, 10), (await logs.TailAsync(plan, All, LineSearch.Everything, 10, CancellationToken.None)).Select(NumberOf));
        Assert.InRange(Gets(), 1, 20);

        // Bisecting time, and what was stored since then: far less than all pages.
        Assert.InRange(_store.Requests.Count - Gets(), 1, 30);
    }

    /// <summary>A node was down, and its agent caught up in the last hour: the last lines are in none of its objects.</summary>
    [Fact]
    public async Task The_last_lines_are_found_behind_objects_that_were_stored_later()
    {
        Put(Start.AddHours(20), Start.AddHours(21), Compression.Gzip, ".jsonl.gz", Enumerable.Range(0, 100).Select(line => (1, Start.AddHours(20).AddSeconds(line))));
        for (var i = 0; i < 5; i++)
            Put(Start.AddHours(30).AddMinutes(i), Start.AddHours(30).AddMinutes(i + 1), Compression.Gzip, ".jsonl.gz", Enumerable.Range(0, 100).Select(line => (2, Start.AddHours(i).AddSeconds(line))));
        await using var logs = Open();
        var plan = await logs.PlanAsync(All, lastOnly: true, CancellationToken.None);

        var lines = await logs.TailAsync(plan, All, LineSearch.Everything, 150, CancellationToken.None);

        Assert.Equal(Enumerable.Range(50, 50).Select(i => ("app2", i)).Concat(Enumerable.Range(0, 100).Select(i => ("app1", i))), lines.Select(line => (line.Source.Container, NumberOf(line))));
    }

    /// <summary>Of an object's blocks those are not read again that have no line to show.</summary>
    [Fact]
    public async Task A_rare_match_costs_its_block_alone()
    {
        for (var i = 0; i < 6; i++)
            Put(Start.AddHours(i), Start.AddHours(i + 1), Compression.Gzip, ".jsonl.gz", Enumerable.Range(0, i == 3 ? 800 : 700).Select(line => (line % 3, Start.AddHours(i).AddSeconds(line))));
        await using var logs = Open();
        var plan = await logs.PlanAsync(All, lastOnly: false, CancellationToken.None);

        var search = new LineSearch { Pattern = TextPattern.Parse("^777 ", ignoreCase: false, out _) };
        Assert.Equal([777], await logs.ReadAsync(plan, All, search, CancellationToken.None).Select(NumberOf).ToListAsync());
        Assert.Equal(6 + 1, Gets());
    }

    [Fact]
    public async Task What_is_damaged_or_deleted_is_told_once_and_the_rest_is_merged()
    {
        for (var i = 0; i < 3; i++)
            Put(Start.AddHours(i), Start.AddHours(i + 1), Compression.Gzip, ".jsonl.gz", Enumerable.Range(0, 6_000).Select(line => ((3 * i) + (line % 3), Start.AddSeconds(line))));
        var damaged = _store.Keys[0];
        var body = _store.Body(damaged);
        _store.Put(damaged, body[..(body.Length / 2)], Start.AddHours(1));
        var deleted = 0;
        _store.Trouble = request => request.Contains(_store.Keys[1], StringComparison.Ordinal) && deleted++ == 1
            ? new ObjectStores.StoreReadException(ObjectStores.ReadTrouble.NotFound, "no such key")
            : null;
        await using var logs = Open();

        Assert.InRange(await CountInOrderAsync(logs), 6_000 + 1_000, 18_000 - 1);
        Assert.Equal(2, logs.Findings.Broken);
        Assert.Contains(logs.Findings.BrokenNames, name => name.Contains("no checksum proves its lines", StringComparison.Ordinal));
        Assert.Contains(logs.Findings.BrokenNames, name => name.Contains("deleted while it was read", StringComparison.Ordinal));
    }

    /// <summary>Connections are not left to the garbage collector, whenever somebody has seen enough.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task Who_has_seen_enough_leaves_no_body_open(int count)
    {
        for (var i = 0; i < 3; i++)
            Put(Start.AddHours(i), Start.AddHours(i + 1), Compression.None, ".jsonl", Enumerable.Range(0, 6_000).Select(line => (i, Start.AddSeconds(line))));
        await using var counted = new Costs.OpenBodies(_store);
        await using var logs = Open(counted);
        var plan = await logs.PlanAsync(All, lastOnly: false, CancellationToken.None);

        Assert.Equal(count, await logs.ReadAsync(plan, All, LineSearch.Everything, CancellationToken.None).Take(count).CountAsync());
        Assert.Equal(0, counted.Open);
        Assert.Equal(count, (await logs.TailAsync(plan, All, LineSearch.Everything, count, CancellationToken.None)).Count);
        Assert.Equal(0, counted.Open);
    }

    /// <summary>Who follows wants to see what is new, once and at once.</summary>
    [Fact]
    public async Task What_is_followed_is_read_once_in_its_stored_order()
    {
        Put(Start, Start.AddHours(1), Compression.Gzip, ".jsonl.gz", [(2, Start.AddSeconds(9)), (1, Start)]);
        await using var logs = Open();
        var plan = await logs.PlanAsync(All, lastOnly: false, CancellationToken.None);

        Assert.Equal([0, 1], await logs.ReadStoredAsync(plan, All, LineSearch.Everything, CancellationToken.None).Select(NumberOf).ToListAsync());
        Assert.Equal(1, Gets());
    }

    private static int NumberOf(LogLine line) => int.Parse(Encoding.UTF8.GetString(line.Text).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private async Task<int> CountInOrderAsync(LogReader logs)
    {
        var plan = await logs.PlanAsync(All, lastOnly: false, CancellationToken.None);
        var (lines, before) = (0, new RecordTime(0));
        await foreach (var line in logs.ReadAsync(plan, All, LineSearch.Everything, CancellationToken.None))
        {
            Assert.True(line.Time >= before, $"line {lines} comes too late");
            (before, lines) = (line.Time!.Value, lines + 1);
        }

        return lines;
    }

    private int Gets() => _store.Requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal));

    private LogReader Open(ObjectStores.IObjectReader? reader = null)
    {
        Assert.True(KeyLayout.TryParse("all/", "", out var layout, out _));
        return new LogReader(reader ?? _store, layout, new ManualClock());
    }

    /// <summary>Lines of half a KiB that hardly get smaller, so that objects are too large to be fetched as a whole.</summary>
    private void Put(DateTimeOffset opened, DateTimeOffset stored, Compression compression, string extension, IEnumerable<(int Container, DateTimeOffset Time)> lines)
    {
        var random = new Random(1);
        var noise = new byte[300];
        var records = lines.Select((line, i) =>
        {
            random.NextBytes(noise);
            return Objects.Record(line.Time, $"{i} {Convert.ToBase64String(noise)}", container: $"app{line.Container}") + "\n";
        }).ToList();
        _store.Put($"all/{Objects.Key("a", "b", "c", opened, extension: extension).Split('/')[^1]}", Objects.Compress(compression, records), stored);
    }
}
