using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Layout;
using Collector.Reading.Search;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Reading.Tests.Costs;

/// <summary>What an answer costs: requests, bytes that are fetched, bytes that are held.</summary>
public sealed class QuestionCostTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = Objects.Start;
    private static readonly Question Cart = new() { Namespace = "shop", Pod = "cart-1" };

    private readonly MemoryStore _store = new();
    private LogReader _logs = null!;

    public ValueTask InitializeAsync()
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        _logs = new LogReader(_store, layout, new ManualClock());
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _logs.DisposeAsync();

    /// <summary>A part of S-158: 20 MB of what hardly gets smaller, so that a member is larger than what is asked for first.</summary>
    [Theory]
    [InlineData(Compression.Gzip, ".jsonl.gz")]
    [InlineData(Compression.Zstd, ".jsonl.zst")]
    public async Task The_last_lines_of_a_large_object_cost_three_requests_at_most_and_its_last_members(Compression compression, string extension)
    {
        var random = new Random(1);
        var noise = new byte[900];
        var records = Enumerable.Range(0, 21_500).Select(i =>
        {
            random.NextBytes(noise);
            return Objects.Record(Start.AddSeconds(i), $"{i} {Convert.ToBase64String(noise)}") + "\n";
        }).ToList();
        _store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: extension), Objects.Compress(compression, records));
        Assert.InRange(_store.Body(Assert.Single(_store.Keys)).Length, 20_000_000, 30_000_000);

        var lines = await TailAsync(100);

        Assert.Equal(Enumerable.Range(21_400, 100).Select(i => $"{i}"), lines.Select(line => line.Split(' ')[0]));
        Assert.InRange(_store.Requests.Count, 1, 3);
        Assert.InRange(_store.BytesRead, 1, 2_500_000);
        Assert.Equal(0, _logs.Findings.Broken);
    }

    /// <summary>What another program compressed without making it smaller, so that text has the bytes with which a member begins.</summary>
    [Fact]
    public async Task A_magic_number_that_begins_no_member_is_passed_over()
    {
        using var body = new MemoryStream();
        var filler = new string('x', 99);
        foreach (var (lines, magicAt) in ((int, int)[])[(5_000, 4_000), (1_000, -1)])
        {
            using var member = new GZipStream(body, CompressionLevel.NoCompression, leaveOpen: true);
            for (var i = 0; i < lines; i++)
                member.Write(i == magicAt ? [0x1F, 0x8B, 0x08, (byte)'\n'] : Encoding.ASCII.GetBytes($"{filler}{i}\n"));
        }

        _store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: ".log.gz"), body.ToArray());

        Assert.Equal(Enumerable.Range(990, 10).Select(i => $"{filler}{i}"), await TailAsync(10));
        // Two lists, and the end alone.
        Assert.Equal((3, 0), (_store.Requests.Count, _logs.Findings.Broken));
    }

    /// <summary>What is asked for is more than the end has that was fetched first, and less than the object.</summary>
    [Fact]
    public async Task A_seek_table_tells_which_frames_hold_more_lines()
    {
        var random = new Random(1);
        var records = Enumerable.Range(0, 40_000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}") + "\n").ToList();
        var body = Objects.Compress(Compression.Zstd, records);
        _store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: ".jsonl.zst"), body);
        var frames = SeekTable.Find(body, body.Length)!;
        Assert.True(frames.Count > 5 && frames[^2] > 262_144, "the last members are too small to show anything");

        Assert.Equal(Enumerable.Range(35_000, 5_000).Select(i => $"{i}"), (await TailAsync(5_000)).Select(line => line.Split(' ')[0]));

        // The second request begins at a frame, not somewhere in one.
        var from = body.Length - long.Parse(_store.Requests.Last().Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains(from, frames);
        Assert.InRange(from, 262_144, 2 << 20);
    }

    /// <summary>Whole, but for one bit: the checksums tell, and what is whole of the object is shown, as when it is read from its beginning.</summary>
    [Theory]
    [InlineData(Compression.Gzip, ".jsonl.gz")]
    [InlineData(Compression.Zstd, ".jsonl.zst")]
    public async Task The_end_of_a_damaged_object_is_not_believed(Compression compression, string extension)
    {
        var random = new Random(1);
        var body = Objects.Compress(compression, Enumerable.Range(0, 20_000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}") + "\n").ToList());
        body[^20_000] ^= 1;
        _store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: extension), body);

        var lines = await TailAsync(100);

        Assert.Equal(1, _logs.Findings.Broken);
        Assert.Equal(100, lines.Count);
        Assert.Equal((await ReadAsync()).TakeLast(100), lines);
    }

    /// <summary>Memory is bounded whatever the question: all containers are open at once, and each begins with an object that is fetched as a whole.</summary>
    [Fact]
    public async Task Objects_that_wait_for_others_are_held_to_a_bound()
    {
        const int Containers = 60;
        var filler = new string('x', 470);
        for (var i = 0; i < Containers; i++)
        {
            _store.Put(
                Objects.Key("shop", "cart-1", $"app{i}", Start, extension: ".jsonl"),
                Objects.Compress(Compression.None, string.Concat(Enumerable.Range(0, 600).Select(line => Objects.Record(Start.AddSeconds(line), $"{line} {filler}", container: $"app{i}") + "\n"))));
        }

        var question = Cart with { Lives = Lives.All };
        var plan = await _logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        Assert.InRange(plan.Bytes, Containers * 400_000L, Containers * 512L * 1024);
        var (lines, readAtFirst) = (0, 0L);
        await foreach (var _ in _logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None))
            readAtFirst = lines++ == 0 ? _store.BytesRead : readAtFirst;

        Assert.Equal(Containers * 600, lines);
        Assert.InRange(readAtFirst, 1, (6 << 20) + (Containers * 128 * 1024));
    }

    /// <summary>What comes before the wanted lines is gone through side by side, too, not container after container.</summary>
    [Fact]
    public async Task Second_objects_are_asked_for_side_by_side_where_the_first_hold_nothing_wanted()
    {
        const int Pods = 16;
        var later = Start.AddMinutes(5);
        for (var pod = 0; pod < Pods; pod++)
        {
            foreach (var at in (DateTimeOffset[])[Start, later])
            {
                // Too large to be fetched ahead.
                _store.Put(
                    Objects.Key("shop", $"cart-{pod:D2}", "app", at, extension: ".jsonl"),
                    Encoding.UTF8.GetBytes(Objects.Record(at, new string('x', 600_000), pod: $"cart-{pod:D2}") + "\n"), later);
            }
        }

        await using var gated = new GatedReader(_store, key => key.Contains($"/{later.ToUnixTimeMilliseconds()}-", StringComparison.Ordinal), together: Pods);
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        await using var logs = new LogReader(gated, layout, new ManualClock());
        var question = new Question { Namespace = "shop", Lives = Lives.All, Since = later };
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);

        var lines = 0;
        await foreach (var _ in logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None))
            lines++;
        Assert.Equal((Pods, 2 * Pods), (lines, logs.Findings.ObjectsRead));
    }

    /// <summary>All objects are of the hour by which a store's clock may differ: then the opening of the successor tells.</summary>
    [Fact]
    public async Task What_was_read_before_the_successor_was_opened_is_not_fetched()
    {
        var since = Start.AddHours(1);
        for (var i = 0; i < 12; i++)
            Put(Start.AddMinutes(5 * i), Start.AddMinutes(5 * i), $"{i}");

        // The clock was set back after the first of these; and what another node has is another sequence.
        Put(Start.AddMinutes(55).AddSeconds(1), Start.AddMinutes(64), "set back");
        Put(Start.AddMinutes(55).AddSeconds(2), Start.AddMinutes(61), "12");
        Put(Start, Start.AddMinutes(62), "of node-2", "node-2");

        var question = Cart with { Lives = Lives.All, Since = since };
        var plan = await _logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<string> texts = [];
        await foreach (var line in _logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None))
            texts.Add(Encoding.UTF8.GetString(line.Text));
        Assert.Equal(["12", "of node-2", "set back"], texts.Order());

        // Those of the last quarter of an hour, and these three.
        Assert.Equal(3 + 3, _store.Requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal)));

        void Put(DateTimeOffset opened, DateTimeOffset written, string text, string node = "node-1") =>
            _store.Put(Objects.Key("shop", "cart-1", "app", opened, node), Objects.Body(Objects.Record(written, text)), since);
    }

    /// <summary>A merge comes to the end of an object as often as it has objects: their next ones are on their way by then.</summary>
    [Fact]
    public async Task The_next_objects_of_fifty_containers_are_fetched_side_by_side()
    {
        const int Pods = 50;
        var later = Start.AddMinutes(5);
        for (var pod = 0; pod < Pods; pod++)
        {
            foreach (var (at, isLast) in ((DateTimeOffset, bool)[])[(Start, false), (later, true)])
            {
                _store.Put(
                    Objects.Key("shop", $"cart-{pod:D2}", "app", at, extension: ".jsonl"),
                    Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => Objects.Record(at.AddSeconds(i), $"{i} {isLast}", pod: $"cart-{pod:D2}") + "\n"))));
            }
        }

        await using var gated = new GatedReader(_store, key => key.Contains($"/{later.ToUnixTimeMilliseconds()}-", StringComparison.Ordinal), together: Pods);
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        await using var logs = new LogReader(gated, layout, new ManualClock());
        var all = new Question { Namespace = "shop", Lives = Lives.All };
        var plan = await logs.PlanAsync(all, lastOnly: false, CancellationToken.None);

        var lines = 0;
        await foreach (var _ in logs.ReadAsync(plan, all, LineSearch.Everything, CancellationToken.None))
            lines++;
        Assert.Equal((Pods * 2 * 300, 0), (lines, logs.Findings.Broken));
    }

    /// <summary>Connections are not left to the garbage collector, whenever somebody has seen enough.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Who_has_seen_enough_leaves_no_body_open(int count)
    {
        for (var pod = 0; pod < 4; pod++)
            _store.Put(Objects.Key("shop", $"cart-{pod}", "app", Start, extension: ".jsonl"), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(i => Objects.Record(Start.AddSeconds((4 * i) + pod), $"{i}", pod: $"cart-{pod}") + "\n"))));
        await using var counted = new OpenBodies(_store);
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        await using var logs = new LogReader(counted, layout, new ManualClock());
        var all = new Question { Namespace = "shop", Lives = Lives.All };
        var plan = await logs.PlanAsync(all, lastOnly: false, CancellationToken.None);

        var taken = 0;
        await foreach (var _ in logs.ReadAsync(plan, all, LineSearch.Everything, CancellationToken.None))
        {
            if (++taken == count)
                break;
        }

        Assert.Equal((4, 0), (counted.Opened, counted.Open));
    }

    private async Task<List<string>> TailAsync(int count)
    {
        var plan = await _logs.PlanAsync(Cart, lastOnly: true, CancellationToken.None);
        return [.. (await _logs.TailAsync(plan, Cart, LineSearch.Everything, count, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text))];
    }

    private async Task<List<string>> ReadAsync()
    {
        var plan = await _logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        return await _logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None).Select(line => Encoding.UTF8.GetString(line.Text)).ToListAsync();
    }
}
