using System.Text;
using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>From objects to lines, over a store that counts what it is asked.</summary>
public sealed class LogReaderTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = Objects.Start;
    private static readonly Question Cart = new() { Namespace = "shop", Pod = "cart-1" };

    private readonly MemoryStore _store = new();
    private readonly ManualClock _clock = new();
    private LogReader _logs = null!;

    public ValueTask InitializeAsync()
    {
        _logs = Open();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _logs.DisposeAsync();

    /// <summary>S-158: among 10^5 objects of other pods, and many of its own, one list and the end of one object.</summary>
    [Fact]
    public async Task The_last_lines_of_a_dead_pod_cost_three_requests_at_most_and_the_end_of_an_object()
    {
        for (var i = 0; i < 100_000; i++)
            _store.Put(Objects.Key("shop", $"other-{i / 10}", "app", Start.AddMinutes(i % 10)), []);
        for (var i = 0; i < 500; i++)
            _store.Put(Objects.Key("shop", "cart-1", "app", Start.AddMinutes(i)), Objects.Body(Objects.Record(Start.AddMinutes(i), $"early {i}")));
        var random = new Random(1);
        byte[] last = [];
        for (var member = 0; member < 20; member++)
            last = [.. last, .. Objects.Body(Enumerable.Range(0, 1000).Select(i => Objects.Record(Start.AddDays(1).AddSeconds((member * 1000) + i), $"late {(member * 1000) + i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}")))];
        _store.Put(Objects.Key("shop", "cart-1", "app", Start.AddDays(1)), last);
        Assert.True(last.Length > 1_000_000, "the object is too small to show anything");

        var lines = await TailAsync(Cart, 100);

        Assert.Equal(Enumerable.Range(19_900, 100).Select(i => $"late {i}"), lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.InRange(_store.Requests.Count, 1, 3);
        Assert.InRange(_store.BytesRead, 1, 300_000);
    }

    [Fact]
    public async Task The_last_lines_of_one_stream_that_cannot_be_cut_are_right_too()
    {
        foreach (var (compression, extension) in ((Compression, string)[])[(Compression.Gzip, ".jsonl.gz"), (Compression.Zstd, ".jsonl.zst"), (Compression.Snappy, ".jsonl.snappy"), (Compression.Zlib, ".jsonl.zz"), (Compression.None, ".jsonl")])
        {
            var container = $"app-{compression.ToString().ToLowerInvariant()}";
            var random = new Random(1);
            var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}", container: container) + "\n"));
            _store.Put(Objects.Key("shop", "cart-1", container, Start, extension: extension), Objects.Compress(compression, text));

            var lines = await TailAsync(Cart with { Container = container }, 3);
            Assert.Equal(["19997", "19998", "19999"], lines.Select(line => line.Split(' ')[0]));
        }
    }

    [Fact]
    public async Task The_last_lines_go_back_over_as_many_objects_as_it_takes()
    {
        for (var i = 0; i < 30; i++)
            Put(Start.AddMinutes(i), [.. Enumerable.Range(0, 7).Select(j => $"{i}.{j}")]);

        Assert.Equal(Enumerable.Range(0, 210).Select(i => $"{i / 7}.{i % 7}").TakeLast(100), await TailAsync(Cart, 100));
        Assert.Equal(210, (await TailAsync(Cart, 1000)).Count);
        Assert.Empty(await TailAsync(Cart, 0));
    }

    [Fact]
    public async Task The_last_page_of_many_is_found_without_the_others()
    {
        for (var i = 0; i < 50_000; i++)
            _store.Put(Objects.Key("shop", "cart-1", "app", _clock.GetUtcNow().AddMinutes(i - 60_000)), i < 49_998 ? [] : Objects.Body(Objects.Record(Start, $"line {i}")));

        Assert.Equal(["line 49998", "line 49999"], await TailAsync(Cart with { Container = "app" }, 2));
        Assert.InRange(_store.Requests.Count, 3, 16);
    }

    [Fact]
    public async Task Lines_of_several_containers_are_merged_by_time_and_each_keeps_its_order()
    {
        var random = new Random(7);
        var expected = new Dictionary<string, List<string>>();
        for (var container = 0; container < 5; container++)
        {
            var name = $"c{container}";
            expected[name] = [];
            var time = Start;
            for (var number = 0; number < 10; number++)
            {
                List<string> records = [];
                for (var i = 0; i < random.Next(1, 400); i++)
                {
                    // A clock that sometimes goes back.
                    time = time.AddMilliseconds(random.Next(-20, 100));
                    expected[name].Add($"{name} {number} {i}");
                    records.Add(Objects.Record(time, expected[name][^1], container: name));
                }

                _store.Put(Objects.Key("shop", "cart-1", name, Start.AddSeconds(number), chunk: number), Objects.Body(records));
            }
        }

        var lines = await LinesAsync(Cart);

        Assert.Equal(expected.Values.Sum(one => one.Count), lines.Count);
        Assert.All(expected, one => Assert.Equal(one.Value, lines.Select(line => Encoding.UTF8.GetString(line.Text)).Where(text => text.StartsWith(one.Key + " ", StringComparison.Ordinal))));
        Assert.Equal(lines.Select(line => line.MergeTime).Order(), lines.Select(line => line.MergeTime));
    }

    [Fact]
    public async Task Pods_on_two_nodes_are_merged_though_their_objects_come_late()
    {
        Put(Start, ["a1"], at: Start);
        Put(Start.AddMinutes(2), ["a2"], at: Start.AddMinutes(2));

        // node-2 was down for an hour, and has read then what was written before.
        Put(Start.AddHours(1), ["b1"], at: Start.AddMinutes(1), node: "node-2");

        Assert.Equal(["a1", "b1", "a2"], await ReadAsync(Cart));
        Assert.Equal(["b1", "a2"], await TailAsync(Cart, 2));
    }

    [Fact]
    public async Task Lists_in_any_order_and_twice_make_each_line_once_and_in_order()
    {
        _store.IsUnordered = true;
        for (var i = 0; i < 20; i++)
            Put(Start.AddMinutes(i), [$"{i}"]);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await ReadAsync(Cart));
    }

    [Fact]
    public async Task The_last_life_is_shown_the_one_before_on_demand_and_all()
    {
        Put(Start, ["r0 a", "r0 b"]);
        _store.Put(Objects.Key("shop", "cart-1", "app", Start.AddMinutes(1)), Objects.Body(
            Objects.Record(Start.AddMinutes(1), "r0 c"), Objects.Record(Start.AddMinutes(2), "r1 a", restart: 1), Objects.Record(Start.AddMinutes(3), "r2 a", restart: 2)));
        Put(Start.AddMinutes(4), ["r2 b"], restart: 2);

        Assert.Equal(["r2 a", "r2 b"], await ReadAsync(Cart));
        Assert.Equal(["r2 a", "r2 b"], await TailAsync(Cart, 100));
        Assert.Equal(["r1 a"], await ReadAsync(Cart with { Lives = Lives.Previous }));
        Assert.Equal(["r1 a"], await TailAsync(Cart with { Lives = Lives.Previous }, 5));
        Assert.Equal(["r0 a", "r0 b", "r0 c", "r1 a", "r2 a", "r2 b"], await ReadAsync(Cart with { Lives = Lives.All }));
        Assert.Equal(["r1 a", "r2 a", "r2 b"], await TailAsync(Cart with { Lives = Lives.All }, 3));
    }

    [Fact]
    public async Task A_pod_of_the_same_name_on_another_node_is_another_life()
    {
        Put(Start, ["old"], uid: "u1");
        Put(Start.AddHours(1), ["new"], uid: "u2", node: "node-2");

        Assert.Equal(["new"], await ReadAsync(Cart));
        Assert.Equal(["new"], await TailAsync(Cart, 10));
        Assert.Equal(["old", "new"], await ReadAsync(Cart with { Lives = Lives.All }));
    }

    /// <summary>Each day is a prefix of its own; the last life is that of all days.</summary>
    [Fact]
    public async Task A_container_of_many_days_is_one()
    {
        const string Template = "{.kubernetes.namespace_name||\"none\"}/{.kubernetes.pod_name||\"none\"}/{.kubernetes.container_name||\"none\"}/{\"%Y/%m/%d\"}/";
        for (var day = 0; day < 3; day++)
        {
            var time = Start.AddDays(day - 2);
            var key = Objects.Key("shop", "cart-1", "app", time);
            _store.Put($"shop/cart-1/app/2026/11/{18 + day}/{key[(key.LastIndexOf('/') + 1)..]}", Objects.Body(Objects.Record(time, $"day {day}", restart: day == 0 ? 0 : 1)), time);
        }

        Assert.True(KeyLayout.TryParse(Template, "", out var layout, out _));
        await using var logs = new LogReader(_store, layout, _clock);
        var plan = await logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        Assert.Equal(["day 1", "day 2"], await ToListAsync(logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        var previous = Cart with { Lives = Lives.Previous };
        Assert.Equal(["day 0"], await ToListAsync(logs.ReadAsync(plan, previous, LineSearch.Everything, CancellationToken.None)));
        Assert.Equal(["day 1", "day 2"], (await logs.TailAsync(plan, Cart, LineSearch.Everything, 5, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text)));
    }

    [Fact]
    public async Task Since_and_until_are_of_records_not_of_objects()
    {
        // Open for a while; opened long before; read late.
        Put(Start, ["1 early", "2 in"], at: Start.AddMinutes(29), step: TimeSpan.FromMinutes(2), stored: Start.AddMinutes(40));
        Put(Start.AddHours(3), ["3 in, late"], at: Start.AddMinutes(45), stored: Start.AddHours(3));
        Put(Start.AddHours(4), ["4 after"], at: Start.AddMinutes(61), stored: Start.AddHours(4));
        Put(Start.AddHours(5), ["5 after"], at: Start.AddMinutes(62), stored: Start.AddHours(5));
        Put(Start.AddDays(-3), ["0 before"], at: Start.AddDays(-3), stored: Start.AddDays(-3));

        Assert.Equal(["2 in", "3 in, late"], await ReadAsync(Cart with { Since = Start.AddMinutes(30), Until = Start.AddHours(1) }));
        Assert.DoesNotContain(_store.Requests, request => request.Contains($"GET persisted-logs/namespace-shop.pod-cart-1.cont-app/{Start.AddDays(-3).ToUnixTimeMilliseconds()}", StringComparison.Ordinal));
        Assert.Contains(_store.Requests, request => request.Contains($"after persisted-logs/namespace-shop.pod-cart-1.cont-app/{Start.AddMinutes(30).AddHours(-25).ToUnixTimeMilliseconds()}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Owner_labels_stream_and_container_are_looked_at_in_the_records()
    {
        void PutOne(string pod, string owner, string labels, string stream) =>
            _store.Put(Objects.Key("shop", pod, "app", Start), Objects.Body(Objects.Record(Start, $"{pod} {stream}", pod: pod, owner: owner, labels: labels, stream: stream)));
        PutOne("cart-7d9f-a", "cart", """{"app":"cart","tier":"web"}""", "stdout");
        PutOne("cart-7d9f-b", "cart", """{"app":"cart"}""", "stderr");
        PutOne("cart-db-66-c", "cart-db", """{"app":"db"}""", "stdout");
        PutOne("cart-none", "", "", "stdout");

        Assert.Equal(["cart-7d9f-a stdout", "cart-7d9f-b stderr"], await ReadAsync(new Question { Namespace = "shop", OwnerKind = "Deployment", OwnerName = "cart" }));
        Assert.True(_logs.Findings.WithoutOwner > 0);
        Assert.True(LabelSelector.TryParse("app in (cart,db), !tier", out var labels, out _));
        Assert.Equal(["cart-7d9f-b stderr", "cart-db-66-c stdout"], (await ReadAsync(new Question { Namespace = "shop", Labels = labels })).Order());
        Assert.Equal(["cart-7d9f-b stderr"], await ReadAsync(new Question { Namespace = "shop", Pod = "cart-7*", Stream = "stderr" }));
    }

    [Fact]
    public async Task Text_fluent_bits_records_and_lines_that_are_no_json_are_shown_as_they_are()
    {
        _store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: ".log"), Encoding.UTF8.GetBytes("one\n{\"not\": \"parsed\"}\n\nlast"));
        Assert.Equal(["one", "{\"not\": \"parsed\"}", "", "last"], await ReadAsync(Cart));

        _store.Delete(_store.Keys[0]);
        _store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(
            """{"date":1732000000.5,"log":"from fluent-bit\n","stream":"stdout","kubernetes":{"pod_name":"cart-1","namespace_name":"shop","container_name":"app","docker_id":"d"}}""",
            "no json",
            """{"level":"info","msg":"no log"}""",
            """{"log":"a \"quote\" \u00e9 \ud83d\ude00"}""",
            """{"log":"\ud800"}"""));
        Assert.Equal(["from fluent-bit", "no json", """{"level":"info","msg":"no log"}""", "a \"quote\" é 😀", """{"log":"\ud800"}"""], await ReadAsync(Cart));
        Assert.Equal(2, _logs.Findings.OddLines);
    }

    [Fact]
    public async Task Of_damaged_and_vanished_objects_what_is_whole_is_shown_and_the_rest_told()
    {
        Put(Start, ["1"]);
        Put(Start.AddMinutes(1), ["2", "3", "4"]);
        Put(Start.AddMinutes(2), ["5"]);
        Put(Start.AddMinutes(3), ["6"]);
        var damaged = _store.Keys[1];
        _store.Put(damaged, _store.Body(damaged)[..^4]);
        var plan = await _logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        _store.Delete(_store.Keys[2]);

        Assert.Equal(["1", "2", "3", "4", "6"], await ToListAsync(_logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        Assert.Equal(2, _logs.Findings.Broken);
        Assert.Contains("trailer", _logs.Findings.BrokenNames[0], StringComparison.Ordinal);
        Assert.Contains("deleted", _logs.Findings.BrokenNames[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_line_is_not_shown()
    {
        _store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(Enumerable.Range(0, 5000).Select(i => Objects.Record(Start, $"{i}"))));
        var key = Assert.Single(_store.Keys);
        _store.Put(key, _store.Body(key)[..(_store.Body(key).Length / 2)]);

        var lines = await ReadAsync(Cart);

        Assert.InRange(lines.Count, 1, 4999);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => $"{i}"), lines);
        Assert.Equal((1, 0), (_logs.Findings.Broken, _logs.Findings.OddLines));
    }

    [Fact]
    public async Task What_is_no_object_of_ours_is_skipped_and_counted()
    {
        Put(Start, ["1"]);
        _store.Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/readme.txt", "hello"u8.ToArray());
        _store.Put("persisted-logs/namespace-shop.pod-cart-1.cont-app/below/1795933405406-node-1-00.jsonl", "hello"u8.ToArray());

        Assert.Equal(["1"], await ReadAsync(Cart));
        Assert.Equal(1, _logs.Findings.Foreign);
    }

    [Fact]
    public async Task A_search_shows_what_matches_with_the_lines_around_it()
    {
        Put(Start, [.. Enumerable.Range(0, 30).Select(i => i % 10 == 5 ? $"{i} ERROR" : $"{i}")]);
        var search = new LineSearch { Pattern = TextPattern.Parse("err.r", ignoreCase: true, out _), Before = 1, After = 2 };

        var lines = await LinesAsync(Cart, search);

        Assert.Equal(["4", "5 ERROR", "6", "7", "14", "15 ERROR", "16", "17", "24", "25 ERROR", "26", "27"], lines.Select(line => Encoding.UTF8.GetString(line.Text)));
        Assert.Equal([4, 8], lines.Index().Where(one => one.Item.IsAfterGap).Select(one => one.Index));
        Assert.Equal(["15 ERROR", "25 ERROR"], await TailAsync(Cart, 2, search with { Before = 0, After = 0 }));
    }

    [Theory]
    [InlineData("level=error and status>=500", "1")]
    [InlineData("level=error or status<300", "1,2,4")]
    [InlineData("not level", "3,5")]
    [InlineData("level!=error", "3,4,5")]
    [InlineData("http.method='GET'", "2")]
    [InlineData("(status=200 or status=503) and level~'^err'", "1")]
    public async Task A_condition_looks_at_the_fields_of_json_lines(string condition, string expected)
    {
        string[] lines =
        [
            """{"n":1,"level":"error","status":503}""", """{"n":2,"level":"error","status":404,"http":{"method":"GET"}}""",
            """{"n":3,"status":404}""", """{"n":4,"level":"info","status":200}""", """{"n":5}""", "n=6 level=error status=503",
        ];
        Put(Start, lines);
        var where = FieldCondition.Parse(condition, out var error);
        Assert.True(where is not null, error);

        var found = await ReadAsync(Cart, new LineSearch { Where = where });

        Assert.Equal(expected.Split(','), found.Select(line => line[5..6]));
    }

    [Theory]
    [InlineData("level=")]
    [InlineData("=error")]
    [InlineData("(level=error")]
    [InlineData("level=error status=5")]
    [InlineData("and")]
    [InlineData("")]
    [InlineData("a='b")]
    [InlineData("a~'('")]
    public void A_condition_that_is_none_is_told(string condition)
    {
        Assert.Null(FieldCondition.Parse(condition, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void An_expression_cannot_hang()
    {
        var pattern = TextPattern.Parse("(a+)+$", ignoreCase: false, out _);

        Assert.False(pattern!.IsMatch(Encoding.ASCII.GetBytes(new string('a', 100_000) + "!")));
        Assert.Null(TextPattern.Parse("(a)\\1", ignoreCase: false, out var error));
        Assert.Contains("backreferences", error, StringComparison.Ordinal);
        Assert.Null(TextPattern.Parse("(", ignoreCase: false, out error));
        Assert.Contains("no regular expression", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_is_one_line_when_it_is_read_so()
    {
        Put(Start, ["start", "java.lang.IllegalStateException: no", "\tat a.B.c(B.java:1)", "Caused by: java.io.IOException", "\t... 3 more", "end"], step: TimeSpan.FromMilliseconds(1));
        var joiner = new TraceJoiner(new LineSearch { Pattern = TextPattern.Parse("B.java", false, out _) });
        List<string> shown = [];
        foreach (var line in await LinesAsync(Cart, joiner.Unjoined))
            joiner.Take(line, one => shown.Add(Encoding.UTF8.GetString(one.Text)));
        joiner.Finish(one => shown.Add(Encoding.UTF8.GetString(one.Text)));

        Assert.Equal(["java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException\n\t... 3 more"], shown);
    }

    [Fact]
    public async Task Records_are_kept_on_demand_alone()
    {
        Put(Start, ["one"]);

        Assert.Equal(Objects.Record(Start, "one"), Encoding.UTF8.GetString(Assert.Single(await LinesAsync(Cart, new LineSearch { KeepsRecords = true })).Stored));
        Assert.Empty(Assert.Single(await LinesAsync(Cart)).Stored);
    }

    [Fact]
    public async Task What_is_stored_later_is_followed_and_shown_once()
    {
        Put(_clock.GetUtcNow(), ["1"], stored: _clock.GetUtcNow());
        var plan = await _logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        Assert.Equal(["1"], await ToListAsync(_logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        using var stop = new CancellationTokenSource();
        await using var following = _logs.FollowAsync(plan, Cart, LineSearch.Everything, stop.Token).GetAsyncEnumerator(stop.Token);

        Put(_clock.GetUtcNow().AddSeconds(1), ["2"], stored: _clock.GetUtcNow());
        Assert.Equal("2", await NextAsync());
        Assert.Null(await NextAsync());

        // A new container, and an object of another node that was opened before what was seen.
        _store.Put(Objects.Key("shop", "cart-1", "sidecar", _clock.GetUtcNow()), Objects.Body(Objects.Record(_clock.GetUtcNow(), "3", container: "sidecar")), _clock.GetUtcNow());
        Put(_clock.GetUtcNow().AddHours(-1), ["4"], at: _clock.GetUtcNow().AddMinutes(1), node: "node-2", stored: _clock.GetUtcNow());
        Assert.Equal("3", await NextAsync());
        Assert.Equal("4", await NextAsync());
        Assert.Null(await NextAsync());

        async Task<string?> NextAsync()
        {
            var next = following.MoveNextAsync().AsTask();
            while (!next.IsCompleted)
            {
                _clock.Advance(TimeSpan.FromSeconds(2));
                await Task.Yield();
            }

            Assert.True(await next);
            return following.Current is { } line ? Encoding.UTF8.GetString(line.Text) : null;
        }
    }

    [Fact]
    public async Task The_nearest_names_are_told()
    {
        foreach (var pod in (string[])["cart-7d9f-a", "checkout-1", "zebra-1"])
            _store.Put(Objects.Key("shop", pod, "app", Start), []);

        Assert.Equal("cart-7d9f-a", (await _logs.NearestAsync(new Question { Namespace = "shop", Pod = "carx" }, CancellationToken.None))[0]);
        Assert.Equal("-n shop", (await _logs.NearestAsync(new Question { Namespace = "shob", Pod = "cart" }, CancellationToken.None))[0]);
    }

    [Fact]
    public async Task Trouble_that_passes_is_waited_for_and_a_body_goes_on_where_it_broke()
    {
        var body = Enumerable.Range(0, 5000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {i * 7919}")).ToArray();
        _store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(body));
        var (asked, broken) = (0, 0);
        _store.Trouble = _ => ++asked is 1 or 2 ? new StoreReadException(ReadTrouble.Throttled, "slow down") : null;
        _store.BreaksAfter = _ => ++broken < 4 ? 10_000 : null;
        await using var patient = new PatientReader(_store, TimeProvider.System);
        await using var logs = Open(patient);

        var plan = await logs.PlanAsync(Cart with { Lives = Lives.All }, lastOnly: false, CancellationToken.None);
        var lines = await ToListAsync(logs.ReadAsync(plan, Cart with { Lives = Lives.All }, LineSearch.Everything, CancellationToken.None));

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{i} {i * 7919}"), lines);
        Assert.Contains(_store.Requests, request => request.EndsWith("from 10000", StringComparison.Ordinal));
        Assert.Contains(_store.Requests, request => request.EndsWith("from 20000", StringComparison.Ordinal));
        Assert.Equal(_store.Requests.Count, patient.Requests);
    }

    [Fact]
    public async Task A_store_that_is_silent_is_given_up_and_asked_again()
    {
        _store.Put("a", "text"u8.ToArray());
        _store.IsSilent = true;
        await using var patient = new PatientReader(_store, _clock);
        await using var body = await patient.OpenAsync("a", 0, CancellationToken.None);

        var read = Task.Run(() => body.Read(new byte[10]));
        while (_store.Requests.Count < 2)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        _store.IsSilent = false;
        while (!read.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(4, await read);
    }

    [Fact]
    public async Task A_refusal_is_not_tried_again()
    {
        _store.Trouble = _ => new StoreReadException(ReadTrouble.Refused, "needs s3:ListBucket");
        await using var patient = new PatientReader(_store, TimeProvider.System);
        await using var logs = Open(patient);

        var refused = await Assert.ThrowsAsync<StoreReadException>(() => logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None));

        Assert.Equal(ReadTrouble.Refused, refused.Trouble);
        Assert.Single(_store.Requests);
    }

    /// <summary>A prefix of several pages, and two nodes; what was told is what a plan of all says.</summary>
    [Fact]
    public async Task Containers_are_listed_prefix_by_prefix_and_add_up_to_what_a_plan_says()
    {
        for (var i = 0; i < 2500; i++)
            Put(Start.AddMinutes(i), ["a"], node: i % 2 == 0 ? "node-1" : "node-2");
        for (var i = 0; i < 40; i++)
            _store.Put(Objects.Key(i < 20 ? "shop" : "other", $"pod-{i}", "app", Start), Objects.Body("a"), Start.AddHours(i));
        _store.Put("persisted-logs/foreign", []);

        List<StoredContainer> listed = [];
        await foreach (var one in _logs.ListContainersAsync(new Question { Namespace = "shop" }, CancellationToken.None))
            listed.Add(one);

        var plan = await _logs.PlanAsync(new Question { Namespace = "shop" }, lastOnly: false, CancellationToken.None);
        Assert.Equal(plan.Summary, listed.OrderBy(one => (one.Namespace, one.Pod, one.Container)));
        Assert.Equal(21, listed.Count);
        Assert.Equal(2500, listed.Single(one => one.Pod == "cart-1").Objects);
    }

    [Fact]
    public async Task A_list_of_containers_that_the_store_refuses_ends_with_its_words()
    {
        for (var i = 0; i < 100; i++)
            _store.Put(Objects.Key("shop", $"pod-{i}", "app", Start), []);
        _store.Trouble = request => request.Contains("pod-50", StringComparison.Ordinal) ? new StoreReadException(ReadTrouble.Refused, "not that one") : null;

        var refused = await Assert.ThrowsAsync<StoreReadException>(async () =>
        {
            await foreach (var one in _logs.ListContainersAsync(new Question(), CancellationToken.None))
                Assert.NotEqual("pod-50", one.Pod);
        });

        Assert.Equal("not that one", refused.Message);
    }

    /// <summary>Last lines of many are bounded together, not each alone; the newest are kept.</summary>
    [Fact]
    public async Task Last_lines_of_several_are_no_more_than_there_is_room_for()
    {
        var text = new string('x', 1 << 20);
        for (var pod = 0; pod < 3; pod++)
            _store.Put(Objects.Key("shop", $"cart-{pod}", "app", Start), Objects.Body(Enumerable.Range(0, 20).Select(i => Objects.Record(Start.AddSeconds((3 * i) + pod), $"{i} {text}", pod: $"cart-{pod}"))), Start.AddHours(1));
        var all = new Question { Namespace = "shop" };

        var plan = await _logs.PlanAsync(all, lastOnly: true, CancellationToken.None);
        var lines = await _logs.TailAsync(plan, all, LineSearch.Everything, 1000, CancellationToken.None);

        Assert.InRange(lines.Sum(line => (long)line.Text.Length), 24 << 20, 32 << 20);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => Start.AddSeconds(59 - i)).Reverse().Select(RecordTime.From), lines.Select(line => line.Time!.Value));
        Assert.True(_logs.Findings.IsTailCut);
    }

    private LogReader Open(IObjectReader? reader = null)
    {
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        return new LogReader(reader ?? _store, layout, _clock);
    }

    private void Put(
        DateTimeOffset opened, string[] texts, DateTimeOffset? at = null, TimeSpan? step = null, DateTimeOffset? stored = null, string node = "node-1", int restart = 0, string uid = "u1") =>
        _store.Put(
            Objects.Key("shop", "cart-1", "app", opened, node),
            Objects.Body(texts.Select((text, i) => Objects.Record((at ?? opened) + ((step ?? TimeSpan.FromSeconds(1)) * i), text, restart: restart, uid: uid))),
            stored ?? opened.AddMinutes(5));

    private async Task<List<LogLine>> LinesAsync(Question question, LineSearch? search = null)
    {
        var plan = await _logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        List<LogLine> lines = [];
        await foreach (var line in _logs.ReadAsync(plan, question, search ?? LineSearch.Everything, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private async Task<List<string>> ReadAsync(Question question, LineSearch? search = null) =>
        [.. (await LinesAsync(question, search)).Select(line => Encoding.UTF8.GetString(line.Text))];

    private async Task<List<string>> TailAsync(Question question, int count, LineSearch? search = null)
    {
        var plan = await _logs.PlanAsync(question, lastOnly: true, CancellationToken.None);
        return [.. (await _logs.TailAsync(plan, question, search ?? LineSearch.Everything, count, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text))];
    }

    private static async Task<List<string>> ToListAsync(IAsyncEnumerable<LogLine> lines)
    {
        List<string> texts = [];
        await foreach (var line in lines)
            texts.Add(Encoding.UTF8.GetString(line.Text));
        return texts;
    }
}
