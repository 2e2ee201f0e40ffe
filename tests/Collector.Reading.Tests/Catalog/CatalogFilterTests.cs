using System.Text;
using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests.Catalog;

/// <summary>What the catalog tells spares objects, and never a line.</summary>
public sealed class CatalogFilterTests : IAsyncDisposable
{
    private const string ByContainer = """persisted-logs/{.kubernetes.container_name||"none"}/""";

    private readonly MemoryStore _store = new();
    private readonly List<string> _told = [];
    private int _catalogs;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_label_fetches_only_the_objects_of_pods_that_have_it()
    {
        for (var i = 0; i < 20; i++)
            Put(KeyOf(i), i, Objects.Record(At(i), $"{i}", pod: $"p{i}", labels: $$"""{"app":"{{(i % 4 == 0 ? "cart" : "web")}}"}"""));
        Tell();

        Assert.Equal(["0", "4", "8", "12", "16"], await ReadAsync(new Question { Labels = Selector("app=cart") }));
        Assert.Equal([0, 4, 8, 12, 16], Fetched());
    }

    [Fact]
    public async Task A_pod_is_found_in_a_layout_that_does_not_say_pods()
    {
        for (var i = 0; i < 20; i++)
            Put($"persisted-logs/c{i % 3}/{Name(i)}", i, Objects.Record(At(i), $"{i}", pod: $"p{i}", container: $"c{i % 3}"));
        Tell();

        Assert.Equal(["7"], await ReadAsync(new Question { Namespace = "shop", Pod = "p7" }, ByContainer));
        Assert.Equal([7], Fetched());
        Assert.Equal(["1", "10"], (await ReadAsync(new Question { Pod = "p1*", Container = "c1" }, ByContainer)).Where(text => text is "1" or "10"));
        Assert.Empty(await ReadAsync(new Question { Namespace = "other", Pod = "p7" }, ByContainer));
        Assert.Empty(Fetched());
    }

    /// <summary>Without any catalog, with all of it and with some of it the same lines come, whatever objects hold.</summary>
    [Fact]
    public async Task Whatever_is_told_the_lines_are_the_same()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            await using var store = new CatalogFilterTests();
            for (var i = 0; i < 30; i++)
            {
                // A pod's labels change between two of its objects; its first records may come before its labels are known.
                List<string> records = [];
                var first = random.Next(12);
                foreach (var pod in (int[])(random.Next(3) == 0 ? [first, first + 12] : [first]))
                {
                    var labels = $$"""{"app":"a{{(pod + (random.Next(9) == 0 ? 1 : 0)) % 3}}"}""";
                    var unknown = random.Next(4) == 0 ? random.Next(3) : 0;
                    for (var line = 0; line < 3; line++)
                        records.Add(Objects.Record(At(i), $"{i} {records.Count}", pod: $"p{pod}", container: "c0", labels: line < unknown ? "" : labels));
                }

                store.Put($"persisted-logs/c0/{Name(i)}", i, [.. records]);
            }

            Question[] questions = [new() { Labels = Selector($"app=a{random.Next(3)}") }, new() { Pod = $"p{random.Next(12)}" }, new() { Pod = "p1*", Labels = Selector("app!=a1") }, new() { Labels = Selector("!app") }];
            List<IReadOnlyList<string>> untold = [];
            foreach (var question in questions)
                untold.Add(await store.ReadAsync(question, ByContainer));
            for (var i = store._told.Count - 1; i >= 0; i--)
            {
                if (random.Next(5) == 0)
                    store._told.RemoveAt(i);
            }

            store.Tell();
            foreach (var (question, expected) in questions.Zip(untold))
                Assert.Equal(expected, await store.ReadAsync(question, ByContainer));
        }
    }

    [Theory]
    [InlineData("""[{"log":"file:/var/log/app.log","generation":"0000000000000001","file":"app.log","intervals":[[0,9]]}]""")]
    [InlineData("[]")]
    public async Task What_the_catalog_cannot_say_is_fetched(string sources)
    {
        for (var i = 0; i < 3; i++)
            Put($"persisted-logs/c0/{Name(i)}", i, Objects.Record(At(i), $"{i}", pod: "p1", container: "c0"));
        _told[1] = Entry($"persisted-logs/c0/{Name(1)}", "", sources);
        Tell();

        Assert.Equal(["0", "1", "2"], await ReadAsync(new Question { Pod = "p1" }, ByContainer));
        Assert.Equal([1], await FetchedAsync(new Question { Pod = "p2" }));
    }

    /// <summary>A damaged one, one that may not be read, and one that a lifecycle rule deletes meanwhile.</summary>
    [Fact]
    public async Task A_catalog_that_cannot_be_read_spares_nothing_and_breaks_nothing()
    {
        for (var i = 0; i < 4; i++)
            Put($"persisted-logs/c0/{Name(i)}", i, Objects.Record(At(i), $"{i}", pod: $"p{i}", container: "c0"));
        Tell();
        Assert.Equal([2], await FetchedAsync(new Question { Pod = "p2" }));

        foreach (var trouble in (ReadTrouble[])[ReadTrouble.Refused, ReadTrouble.NotFound])
        {
            _store.Trouble = request => request.StartsWith("GET persisted-logs/_catalog/", StringComparison.Ordinal) ? new StoreReadException(trouble, "no") : null;
            Assert.Equal(4, (await FetchedAsync(new Question { Pod = "p2" })).Count);
        }

        _store.Trouble = _ => null;
        _store.Put(_store.Keys.Single(key => key.Contains("_catalog", StringComparison.Ordinal)), Objects.Body("{}"));
        Assert.Equal(4, (await FetchedAsync(new Question { Pod = "p2" })).Count);
    }

    [Fact]
    public async Task Where_keys_say_all_or_the_catalog_is_larger_it_is_not_read()
    {
        for (var i = 0; i < 4; i++)
            Put(KeyOf(i), i, Objects.Record(At(i), $"{i}", pod: $"p{i}"));
        Tell();
        Assert.Equal(["2"], await ReadAsync(new Question { Namespace = "shop", Pod = "p2", Container = "app" }));
        Assert.DoesNotContain(_store.Requests, request => request.Contains("_catalog", StringComparison.Ordinal));

        for (var i = 0; i < 3; i++)
            Tell();
        Assert.Empty(await ReadAsync(new Question { Labels = Selector("app=cart") }));
        Assert.DoesNotContain(_store.Requests, request => request.StartsWith("GET persisted-logs/_catalog", StringComparison.Ordinal));
    }

    /// <summary>Who follows does not read again what was left out.</summary>
    [Fact]
    public async Task What_was_left_out_is_not_followed()
    {
        var clock = new Testing.Time.ManualClock();
        for (var i = 0; i < 4; i++)
            Put($"persisted-logs/c0/{clock.GetUtcNow().AddMinutes(i).ToUnixTimeMilliseconds():D13}-node-1-{i:x12}0a1b2c3d.jsonl.gz", i, Objects.Record(clock.GetUtcNow(), $"{i}", pod: $"p{i}", container: "c0"));
        Tell();
        Assert.True(KeyLayout.TryParse(ByContainer, "", out var layout, out _));
        await using var logs = new LogReader(_store, layout, clock);
        var plan = await logs.PlanAsync(new Question { Pod = "p2" }, lastOnly: false, CancellationToken.None);

        Assert.Equal(1, plan.Objects);
        Assert.Null(await logs.Follow(plan, new Question { Pod = "p2" }).NextAsync(CancellationToken.None));
    }

    private static DateTimeOffset At(int i) => Objects.Start.AddMinutes(i);

    private static string Name(int i) => $"{At(i).ToUnixTimeMilliseconds():D13}-node-1-{i:x12}0a1b2c3d.jsonl.gz";

    private static string KeyOf(int i) => $"persisted-logs/namespace-shop.pod-p{i}.cont-app/{Name(i)}";

    private static LabelSelector Selector(string text)
    {
        Assert.True(LabelSelector.TryParse(text, out var selector, out _));
        return selector;
    }

    /// <summary>Stores an object, and remembers what the agent would tell of it: the first record's pod, and whose lines it has.</summary>
    private void Put(string key, int i, params string[] records)
    {
        _store.Put(key, Objects.Body(records), At(i).AddMinutes(5));
        var pods = records.Select(record => System.Text.Json.JsonDocument.Parse(record).RootElement.GetProperty("kubernetes")).ToList();
        var logs = pods.Select(pod => $"pod:{pod.GetProperty("namespace_name").GetString()}_{pod.GetProperty("pod_name").GetString()}_u1/{pod.GetProperty("container_name").GetString()}").Distinct();
        var sources = string.Join(',', logs.Select(log => $$"""{"log":"{{log}}","generation":"0000000000000001","file":"0.log","intervals":[[0,9]]}"""));
        _told.Add(Entry(key, $"\"kubernetes\":{pods[0].GetRawText()},", $"[{sources}]"));
    }

    private static string Entry(string key, string kubernetes, string sources) =>
        $$"""{"line":N,"key":"{{key}}",{{kubernetes}}"firsttime":"2026-11-20T10:00:00Z","lasttime":"2026-11-20T10:00:00Z","records":1,"bytes":9,"stored_bytes":9,"sources":{{sources}}}""";

    private void Tell()
    {
        var made = Objects.Start.AddHours(1).AddMinutes(_catalogs);
        var head = $$"""{"catalog":{{++_catalogs}},"node":"node-1","output":"out","instance":"0a1b2c3d","previous":null,"from":0,"to":{{_told.Count}},"made":"{{made:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}"}""";
        var lines = _told.Select((line, number) => line.Replace("\"line\":N", $"\"line\":{number}", StringComparison.Ordinal));
        _store.Put($"persisted-logs/_catalog/{made:yyyy-MM-dd}/{made.ToUnixTimeMilliseconds()}-node-1-{_catalogs:x12}0a1b2c3d.jsonl.gz", Objects.Body([head, .. lines]));
    }

    private async Task<IReadOnlyList<string>> ReadAsync(Question question, string? template = null)
    {
        _store.Requests.Clear();
        Assert.True(KeyLayout.TryParse(template ?? KeyLayout.Default, "", out var layout, out _));
        await using var logs = new LogReader(_store, layout, new Testing.Time.ManualClock());
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<string> texts = [];
        await foreach (var line in logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None))
            texts.Add(Encoding.UTF8.GetString(line.Text));
        return texts;
    }

    private async Task<List<int>> FetchedAsync(Question question)
    {
        await ReadAsync(question, ByContainer);
        return Fetched();
    }

    /// <summary>The numbers of the objects that were fetched, each once.</summary>
    private List<int> Fetched() =>
        [.. Enumerable.Range(0, 30).Where(i => _store.Requests.Any(request => request.StartsWith("GET ", StringComparison.Ordinal) && request.Contains(Name(i), StringComparison.Ordinal) && !request.Contains("_catalog", StringComparison.Ordinal)))];
}
