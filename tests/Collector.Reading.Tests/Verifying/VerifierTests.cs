using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Collector.Reading.Layout;
using Collector.Reading.Verifying;
using Xunit;

namespace Collector.Reading.Tests.Verifying;

/// <summary>VERIFY.md, over catalogs that are written by hand here: what an agent never writes is among them.</summary>
public sealed class VerifierTests : IAsyncDisposable
{
    private const string Cart = "persisted-logs/namespace-shop.pod-cart-1.cont-app/";
    private const long MiB = 1 << 20;
    private readonly MemoryStore _store = new();
    private readonly Findings _findings = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task What_is_as_it_was_told_is_whole()
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)), node.Stored(2, "b\n", (10, 20)));
        node.Tell(settled: 100, node.Stored(4, "c\n", (20, 30)));
        var other = new Node(_store, "node-2", "bbbbbbbb");
        other.Tell(settled: 100, other.Stored(1, "d\n", (0, 10)));

        var report = await VerifyAsync();
        Assert.True(report.IsWhole);
        Assert.Equal([("node-1", 2, 3L), ("node-2", 1, 1L)], report.Chains.Select(chain => (chain.Head.Node, chain.Catalogs, chain.Objects)));
        Assert.Equal((0, 0), (report.Waiting.Objects, report.Unsaid.Objects));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_that_is_gone_or_shorter_is_named_whether_or_not_bodies_are_read(bool isQuick)
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)), node.Stored(2, "bb\n", (10, 20)), node.Stored(3, "c\n", (20, 30)));
        _store.Delete(node.Key(1));
        _store.Put(node.Key(2), "b\n"u8.ToArray());

        Assert.Equal([(HoleKind.ObjectMissing, node.Key(1)), (HoleKind.ObjectAltered, node.Key(2))], await HolesAsync(isQuick: isQuick));
        Assert.Equal(isQuick, _store.Requests.All(request => !request.StartsWith($"GET {Cart}", StringComparison.Ordinal)));
    }

    /// <summary>One checksum is enough to tell.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Either_checksum_tells_that_a_body_is_another(bool hasCrc, bool hasSha)
    {
        var node = new Node(_store) { HasCrc = hasCrc, HasSha = hasSha };
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)));
        _store.Put(node.Key(1), "b\n"u8.ToArray());
        Assert.Equal([(HoleKind.ObjectAltered, node.Key(1))], await HolesAsync());
    }

    [Fact]
    public async Task What_was_dropped_is_no_hole_and_is_counted()
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)), node.Dropped(2, "buffer_full", (10, 20)), node.Stored(3, "c\n", (20, 30)));
        var report = await VerifyAsync();
        Assert.True(report.IsWhole);
        Assert.Equal([("buffer_full", 1L)], report.Chains[0].Dropped.Select(one => (one.Key, one.Value)));
    }

    [Fact]
    public async Task An_object_without_a_line_is_added_waiting_or_unsaid_by_its_seq()
    {
        var node = new Node(_store);
        node.Tell(settled: 20, since: 5, pending: [12], node.Stored(10, "a\n", (0, 10)));
        foreach (var seq in (long[])[4, 11, 12, 20])
            node.Put(seq, "x\n");
        new Node(_store, "node-1", "cccccccc").Put(11, "x\n");

        var report = await VerifyAsync();
        Assert.Equal([(HoleKind.ObjectAdded, node.Key(11))], report.Holes.Select(hole => (hole.Kind, hole.Key)));
        Assert.Equal((2, 2), (report.Waiting.Objects, report.Unsaid.Objects));
    }

    /// <summary>They share their seqs: what one has not told of may be the other's.</summary>
    [Fact]
    public async Task An_object_of_another_output_waits_for_that_one()
    {
        Node one = new(_store), other = new(_store) { Output = "other" };
        one.Tell(settled: 100, one.Stored(1, "a\n", (0, 10)));
        other.Tell(settled: 3, other.Stored(2, "b\n", (0, 10)));
        other.Put(5, "c\n");
        var report = await VerifyAsync();
        Assert.Equal((0, 1), (report.Holes.Count, report.Waiting.Objects));
    }

    /// <summary>Good gzip, good lines, and the next one's hash tells.</summary>
    [Fact]
    public async Task A_catalog_object_that_was_made_anew_is_told_by_the_next_one()
    {
        var node = new Node(_store);
        var changed = node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        node.Tell(settled: 8, node.Stored(7, "b\n", (10, 20)));
        using var text = new StreamReader(new System.IO.Compression.GZipStream(new MemoryStream(_store.Body(changed)), System.IO.Compression.CompressionMode.Decompress));
        _store.Put(changed, Objects.Body((await text.ReadToEndAsync(TestContext.Current.CancellationToken)).Replace("10:00:00Z", "11:00:00Z", StringComparison.Ordinal).TrimEnd('\n').Split('\n')));
        Assert.Equal([(HoleKind.CatalogAltered, changed)], await HolesAsync());
    }

    [Fact]
    public async Task What_a_missing_catalog_object_told_of_is_not_taken_for_added()
    {
        var node = new Node(_store);
        node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        var missing = node.Tell(settled: 7, node.Stored(6, "b\n", (10, 20)));
        var witness = node.Tell(settled: 10, node.Stored(9, "c\n", (20, 30)));
        _store.Delete(missing);
        var report = await VerifyAsync();
        Assert.Equal([(HoleKind.CatalogMissing, witness)], report.Holes.Select(hole => (hole.Kind, hole.Key)));
        Assert.Equal(1, report.Unsaid.Objects);
    }

    [Fact]
    public async Task The_time_without_a_catalog_is_unsaid_and_the_time_after_it_is_not()
    {
        var node = new Node(_store);
        node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        node.Tell(settled: 12, since: 8, pending: [], """{"line":N,"off":5}""", node.Stored(10, "b\n", (20, 30)));
        foreach (var seq in (long[])[5, 7, 9])
            node.Put(seq, "x\n");
        var report = await VerifyAsync();
        Assert.Equal([(HoleKind.ObjectAdded, node.Key(9))], report.Holes.Select(hole => (hole.Kind, hole.Key)));
        Assert.Equal(2, report.Unsaid.Objects);
    }

    /// <summary>A lifecycle rule has deleted the days before.</summary>
    [Fact]
    public async Task Days_before_since_are_not_asked_for()
    {
        var node = new Node(_store);
        var old = node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        node.Clock += TimeSpan.FromDays(3);
        var first = node.Tell(settled: 8, node.Stored(7, "b\n", (10, 20)));
        _store.Delete(old);
        _store.Delete(node.Key(3));

        Assert.Equal([(HoleKind.CatalogMissing, first)], await HolesAsync());
        Assert.Empty(await HolesAsync(since: node.Clock));
        _store.Delete(node.Key(7));
        Assert.Equal([(HoleKind.ObjectMissing, node.Key(7))], await HolesAsync(since: node.Clock));
    }

    /// <summary>A damaged journal draws a new instance and goes on; a lost data dir begins anew.</summary>
    [Fact]
    public async Task Another_life_of_the_data_dir_may_follow_or_begin()
    {
        var node = new Node(_store);
        node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        var next = new Node(_store, "node-1", "dddddddd") { Previous = node.Previous, Number = node.Number, Clock = node.Clock };
        next.Tell(settled: 8, next.Stored(7, "b\n", (10, 20)));
        var anew = new Node(_store, "node-1", "eeeeeeee") { Clock = next.Clock };
        anew.Tell(settled: 3, anew.Stored(2, "a\n", (0, 10), generation: 9));
        Assert.Empty(await HolesAsync());
    }

    [Fact]
    public async Task Bytes_that_two_objects_have_are_named()
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)), node.Stored(2, "b\n", (10, 20)), node.Stored(3, "c\n", (19, 30)));
        Assert.Equal([(HoleKind.BytesTwice, node.Key(3))], await HolesAsync());
    }

    [Fact]
    public async Task An_object_with_what_an_earlier_one_should_have_is_out_of_order()
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, MiB)), node.Stored(2, "b\n", (4 * MiB, 5 * MiB)), node.Stored(3, "c\n", (MiB, 4 * MiB)));
        Assert.Equal([(HoleKind.OutOfOrder, node.Key(3))], await HolesAsync());
    }

    /// <summary>The beginning of a line, which the other stream has overtaken.</summary>
    [Fact]
    public async Task A_line_that_ended_late_is_in_order()
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, MiB)), node.Stored(2, "b\n", (MiB + 100, 2 * MiB)), node.Stored(3, "c\n", (MiB, MiB + 100)));
        Assert.Empty(await HolesAsync());
    }

    /// <summary>What is between two objects, and when it has to be told.</summary>
    /// <param name="days">How much later the newest catalog object was made.</param>
    /// <param name="isPending">An object of before is not done with.</param>
    /// <param name="line">A line that explains some of the gap.</param>
    /// <param name="missing">Of it.</param>
    [Theory]
    [InlineData(1, false, null, "10-20")]
    [InlineData(1, false, "skipped", "14-20")]
    [InlineData(1, false, "lost", "14-20")]
    [InlineData(1, true, null, null)]
    [InlineData(0, false, null, null)]
    public async Task A_gap_between_objects_is_missing_when_it_had_to_be_told_of(int days, bool isPending, string? line, string? missing)
    {
        var node = new Node(_store);
        node.Tell(settled: 100, node.Stored(1, "a\n", (0, 10)), node.Stored(3, "c\n", (20, 30)));
        node.Clock += TimeSpan.FromDays(days);
        var explained = line is null ? [] : new[] { $$"""{"line":N,"{{line}}":"why","sources":[{"log":"shop_cart","generation":"0000000000000001","file":"0.log","intervals":[[8,14]]}]}""" };
        node.Tell(settled: 200, since: 0, pending: isPending ? [2] : [], [.. explained, node.Stored(150, "d\n", (30, 40))]);
        Assert.Equal(missing is null ? [] : [(HoleKind.BytesMissing, $"shop_cart 0000000000000001 {missing}")], await HolesAsync());
    }

    /// <summary>Contract §9: losses with their reasons. What the agent could not know more of is no hole, and is not hidden either.</summary>
    [Fact]
    public async Task Lost_files_are_summed_by_reason_and_are_no_hole()
    {
        var node = new Node(_store);
        node.Tell(
            settled: 100,
            """{"line":N,"lost_files":"restart_gap","files":2,"log":"pod:shop_cart_u1/app","before_restart":3}""",
            node.Stored(1, "a\n", (0, 10)),
            """{"line":N,"lost_files":"may_have_grown","files":1,"log":"pod:shop_cart_u1/app","generation":"0000000000000001","file":"0.log"}""",
            """{"line":N,"lost_files":"restart_gap","files":1,"log":"pod:shop_web_u2/app","before_restart":1}""");
        var report = await VerifyAsync();

        Assert.True(report.IsWhole);
        Assert.Equal([("may_have_grown", 1L), ("restart_gap", 3L)], report.Chains.Single().LostFiles.Select(pair => (pair.Key, pair.Value)));
        Assert.Empty(report.Chains.Single().Lost);
    }

    [Fact]
    public async Task A_catalog_object_that_is_too_large_or_no_gzip_is_named_and_left_out()
    {
        var node = new Node(_store);
        var first = node.Tell(settled: 4, node.Stored(3, "a\n", (0, 10)));
        _store.Put(first, "no gzip"u8.ToArray());
        node.Tell(settled: 8, node.Stored(7, "b\n", (10, 20)));
        Assert.Equal([(HoleKind.CatalogAltered, first)], await HolesAsync());
        _store.Put(first, new byte[17 << 20]);
        Assert.Equal([(HoleKind.CatalogAltered, first)], await HolesAsync());
    }

    private async Task<VerifyReport> VerifyAsync(DateTimeOffset? since = null, bool isQuick = false)
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        return await new Verifier(_store, layout, _findings).RunAsync(since, isQuick, TestContext.Current.CancellationToken);
    }

    private async Task<IEnumerable<(HoleKind, string)>> HolesAsync(DateTimeOffset? since = null, bool isQuick = false) =>
        (await VerifyAsync(since, isQuick)).Holes.Select(hole => (hole.Kind, hole.Key));

    /// <summary>Castagnoli's polynomial, bit by bit.</summary>
    private static uint Crc32COf(byte[] bytes) =>
        ~bytes.Aggregate(uint.MaxValue, (crc, one) => Enumerable.Range(0, 8).Aggregate(crc ^ one, (rest, _) => (rest & 1) != 0 ? (rest >> 1) ^ 0x82F63B78 : rest >> 1));

    /// <summary>One node that stores objects and tells of them; lines have N in the place of their number.</summary>
    private sealed class Node(MemoryStore store, string name = "node-1", string instance = "aaaaaaaa")
    {
        private long _line;

        public string Output { get; init; } = "out";

        public bool HasCrc { get; init; } = true;

        public bool HasSha { get; init; } = true;

        public string? Previous { get; set; }

        public int Number { get; set; }

        public DateTimeOffset Clock { get; set; } = Objects.Start;

        public string Key(long seq) => $"{Cart}{Objects.Start.ToUnixTimeMilliseconds()}-{name}-{seq:x12}{instance}.jsonl";

        public void Put(long seq, string body) => store.Put(Key(seq), Encoding.UTF8.GetBytes(body));

        public string Stored(long seq, string body, (long From, long To) bytes, int generation = 1)
        {
            Put(seq, body);
            var stored = Encoding.UTF8.GetBytes(body);
            var sums = (HasCrc ? $"\"crc32c\":\"{Crc32COf(stored):x8}\"," : "") + (HasSha ? $"\"sha256\":\"{Convert.ToHexStringLower(SHA256.HashData(stored))}\"," : "");
            return Line(seq, stored.Length, sums, bytes, generation);
        }

        public string Dropped(long seq, string reason, (long From, long To) bytes) => Line(seq, 2, $"\"dropped\":\"{reason}\",", bytes, 1);

        public string Tell(long settled, params string[] lines) => Tell(settled, 0, [], lines);

        public string Tell(long settled, long since, long[] pending, params string[] lines)
        {
            Clock += TimeSpan.FromMinutes(10);
            var seq = settled;
            var key = $"persisted-logs/_catalog/{Clock:yyyy-MM-dd}/{Clock.ToUnixTimeMilliseconds()}-{name}-{seq:x12}{instance}.jsonl.gz";
            var previous = Previous is null ? "null" : $"\"{Previous}\"";
            var head = $$"""{"catalog":{{++Number}},"node":"{{name}}","output":"{{Output}}","instance":"{{instance}}","previous":{{previous}},"from":{{_line}},"to":{{_line + lines.Length}},"made":"{{Clock:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}","since":{{since}},"settled":{{settled}},"pending":[{{string.Join(',', pending)}}]}""";
            var body = Objects.Body([head, .. lines.Select(line => line.Replace("\"line\":N", string.Create(CultureInfo.InvariantCulture, $"\"line\":{_line++}"), StringComparison.Ordinal))]);
            Previous = Convert.ToHexStringLower(SHA256.HashData(body));
            store.Put(key, body);
            return key;
        }

        private string Line(long seq, int length, string more, (long From, long To) bytes, int generation) =>
            $$"""{"line":N,"key":"{{Key(seq)}}",{{more}}"firsttime":"2026-11-20T10:00:00Z","lasttime":"2026-11-20T10:00:00Z","records":1,"bytes":{{length}},"stored_bytes":{{length}},"sources":[{"log":"shop_cart","generation":"{{generation:x16}}","file":"0.log","intervals":[[{{bytes.From}},{{bytes.To}}]]}]}""";
    }
}
