using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>Objects that are damaged, gone or foreign; a store that is in trouble.</summary>
public sealed class LogReaderTroubleTests : LogReading
{
    /// <summary>A changed byte shows itself only at the end of its member, when lines of it were printed.</summary>
    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public async Task Of_a_damaged_object_it_is_told_which_lines_no_checksum_proves(Compression compression)
    {
        var random = new Random(5);
        List<string> records = [.. Enumerable.Range(0, 9000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {random.NextInt64():x16}{random.NextInt64():x16}") + "\n")];
        var body = Objects.Compress(compression, records);
        Store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: compression == Compression.Gzip ? ".jsonl.gz" : ".jsonl.zst"), body);
        Assert.Equal(9000, (await ReadAsync(Cart)).Count);
        body[body.Length * 3 / 4] ^= 0x10;

        await ReadAsync(Cart);
        var told = int.Parse(System.Text.RegularExpressions.Regex.Match(Logs.Findings.BrokenNames.Single(), "no checksum proves its lines from line (?<line>[0-9]+) on").Groups["line"].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(told, 2, 8999);
        var lines = await ReadAsync(Cart);
        Assert.Equal(records.Take(told - 1).Select(record => record.Split("\"log\":\"")[1].Split('"')[0]), lines.Take(told - 1));
    }

    [Fact]
    public async Task Of_damaged_and_vanished_objects_what_is_whole_is_shown_and_the_rest_told()
    {
        Put(Start, ["1"]);
        Put(Start.AddMinutes(1), ["2", "3", "4"]);
        Put(Start.AddMinutes(2), ["5"]);
        Put(Start.AddMinutes(3), ["6"]);
        var damaged = Store.Keys[1];
        Store.Put(damaged, Store.Body(damaged)[..^4]);
        var plan = await Logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        Store.Delete(Store.Keys[2]);

        Assert.Equal(["1", "2", "3", "4", "6"], await ToListAsync(Logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        Assert.Equal(2, Logs.Findings.Broken);
        Assert.Contains("trailer", Logs.Findings.BrokenNames[0], StringComparison.Ordinal);
        Assert.Contains("deleted", Logs.Findings.BrokenNames[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_line_is_not_shown()
    {
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(Enumerable.Range(0, 5000).Select(i => Objects.Record(Start, $"{i}"))));
        var key = Assert.Single(Store.Keys);
        Store.Put(key, Store.Body(key)[..(Store.Body(key).Length / 2)]);

        var lines = await ReadAsync(Cart);

        Assert.InRange(lines.Count, 1, 4999);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => $"{i}"), lines);
        Assert.Equal((1, 0), (Logs.Findings.Broken, Logs.Findings.OddLines));
    }

    [Fact]
    public async Task What_is_no_object_of_ours_is_skipped_and_counted()
    {
        Put(Start, ["1"]);
        Store.Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/readme.txt", "hello"u8.ToArray());
        Store.Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/below/1795933405406-node-1-00.jsonl", "hello"u8.ToArray());

        Assert.Equal(["1"], await ReadAsync(Cart));
        Assert.Equal(1, Logs.Findings.Foreign);
    }

    [Fact]
    public async Task Trouble_that_passes_is_waited_for_and_a_body_goes_on_where_it_broke()
    {
        var body = Enumerable.Range(0, 5000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {i * 7919}")).ToArray();
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(body));
        var (asked, broken) = (0, 0);
        Store.Trouble = _ => ++asked is 1 or 2 ? new StoreReadException(ReadTrouble.Throttled, "slow down") : null;
        Store.BreaksAfter = _ => ++broken < 4 ? 10_000 : null;
        await using var patient = new PatientReader(Store, TimeProvider.System);
        await using var logs = Open(patient);

        var plan = await logs.PlanAsync(Cart with { Lives = Lives.All }, lastOnly: false, CancellationToken.None);
        var lines = await ToListAsync(logs.ReadAsync(plan, Cart with { Lives = Lives.All }, LineSearch.Everything, CancellationToken.None));

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{i} {i * 7919}"), lines);
        Assert.Contains(Store.Requests, request => request.EndsWith("from 10000", StringComparison.Ordinal));
        Assert.Contains(Store.Requests, request => request.EndsWith("from 20000", StringComparison.Ordinal));
        Assert.Equal(Store.Requests.Count, patient.Requests);
    }

    [Fact]
    public async Task AStore_that_is_silent_is_given_up_and_asked_again()
    {
        Store.Put("a", "text"u8.ToArray());
        Store.IsSilent = true;
        await using var patient = new PatientReader(Store, Clock);
        await using var body = await patient.OpenAsync("a", 0, CancellationToken.None);

        var read = Task.Run(() => body.Read(new byte[10]));
        while (Store.Requests.Count < 2)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Store.IsSilent = false;
        while (!read.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(4, await read);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        Store.Trouble = _ => new StoreReadException(ReadTrouble.Refused, "needs s3:ListBucket");
        await using var patient = new PatientReader(Store, TimeProvider.System);
        await using var logs = Open(patient);

        var refused = await Assert.ThrowsAsync<StoreReadException>(() => logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None));

        Assert.Equal(ReadTrouble.Refused, refused.Trouble);
        Assert.Single(Store.Requests);
    }
}
