using System.Text;
using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Catalog;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>Which lines of which objects are shown, in which order, and at what cost.</summary>
public sealed class LogReaderTests : LogReading
{
    /// <summary>S-158: among 10^5 objects of other pods, and many of its own, one list and the end of one object.</summary>
    [Fact]
    public async Task The_last_lines_of_a_dead_pod_cost_three_requests_at_most_and_the_end_of_an_object()
    {
        for (var i = 0; i < 100_000; i++)
            Store.Put(Objects.Key("shop", $"other-{i / 10}", "app", Start.AddMinutes(i % 10)), []);
        for (var i = 0; i < 500; i++)
            Store.Put(Objects.Key("shop", "cart-1", "app", Start.AddMinutes(i)), Objects.Body(Objects.Record(Start.AddMinutes(i), $"early {i}")));
        var random = new Random(1);
        byte[] last = [];
        for (var member = 0; member < 20; member++)
            last = [.. last, .. Objects.Body(Enumerable.Range(0, 1000).Select(i => Objects.Record(Start.AddDays(1).AddSeconds((member * 1000) + i), $"late {(member * 1000) + i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}")))];
        Store.Put(Objects.Key("shop", "cart-1", "app", Start.AddDays(1)), last);
        Assert.True(last.Length > 1_000_000, "the object is too small to show anything");

        var lines = await TailAsync(Cart, 100);

        Assert.Equal(Enumerable.Range(19_900, 100).Select(i => $"late {i}"), lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.InRange(Store.Requests.Count, 1, 3);
        Assert.InRange(Store.BytesRead, 1, 300_000);
    }

    [Fact]
    public async Task The_last_lines_of_one_stream_that_cannot_be_cut_are_right_too()
    {
        foreach (var (compression, extension) in ((Compression, string)[])[(Compression.Gzip, ".jsonl.gz"), (Compression.Zstd, ".jsonl.zst"), (Compression.Snappy, ".jsonl.snappy"), (Compression.Zlib, ".jsonl.zz"), (Compression.None, ".jsonl")])
        {
            var container = $"app-{compression.ToString().ToLowerInvariant()}";
            var random = new Random(1);
            var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => Objects.Record(Start.AddSeconds(i), $"{i} {random.NextInt64():x}{random.NextInt64():x}{random.NextInt64():x}", container: container) + "\n"));
            Store.Put(Objects.Key("shop", "cart-1", container, Start, extension: extension), Objects.Compress(compression, text));

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
            Store.Put(Objects.Key("shop", "cart-1", "app", Clock.GetUtcNow().AddMinutes(i - 60_000)), i < 49_998 ? [] : Objects.Body(Objects.Record(Start, $"line {i}")));

        Assert.Equal(["line 49998", "line 49999"], await TailAsync(Cart with { Container = "app" }, 2));
        Assert.InRange(Store.Requests.Count, 3, 16);
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

                Store.Put(Objects.Key("shop", "cart-1", name, Start.AddSeconds(number), chunk: number), Objects.Body(records));
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
    public async Task The_last_lines_of_a_container_keep_its_order_when_its_clock_goes_back()
    {
        var random = new Random(11);
        for (var number = 0; number < 6; number++)
            Put(Start.AddSeconds(number), [.. Enumerable.Range(0, 5).Select(i => $"{number} {i}")], at: Start.AddSeconds(random.Next(0, 10)), step: TimeSpan.FromMilliseconds(random.Next(-500, 500)));

        var all = await ReadAsync(Cart);
        for (var count = 1; count <= 30; count++)
            Assert.Equal(all.TakeLast(count), await TailAsync(Cart, count));
    }

    [Fact]
    public async Task The_last_lines_of_one_time_are_merged_as_all_lines_are()
    {
        foreach (var name in (string[])["c0", "c1", "c2"])
        {
            for (var number = 0; number < 6; number++)
            {
                var time = Start.AddSeconds(number);
                var records = Enumerable.Range(0, 5).Select(i => Objects.Record(time.AddMilliseconds(300 * (i / 2)), $"{name} {number} {i}", container: name));
                Store.Put(Objects.Key("shop", "cart-1", name, time, chunk: number), Objects.Body(records), time.AddMinutes(name == "c1" ? 9 : 5));
            }
        }

        var all = await ReadAsync(Cart);
        for (var count = 1; count <= 90; count++)
            Assert.Equal(all.TakeLast(count), await TailAsync(Cart, count));
    }

    [Fact]
    public async Task Lists_in_any_order_and_twice_make_each_line_once_and_in_order()
    {
        Store.IsUnordered = true;
        for (var i = 0; i < 20; i++)
            Put(Start.AddMinutes(i), [$"{i}"]);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await ReadAsync(Cart));
    }

    [Fact]
    public async Task The_last_life_is_shown_the_one_before_on_demand_and_all()
    {
        Put(Start, ["r0 a", "r0 b"]);
        Store.Put(Objects.Key("shop", "cart-1", "app", Start.AddMinutes(1)), Objects.Body(
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
            Store.Put($"shop/cart-1/app/2026/11/{18 + day}/{key[(key.LastIndexOf('/') + 1)..]}", Objects.Body(Objects.Record(time, $"day {day}", restart: day == 0 ? 0 : 1)), time);
        }

        Assert.True(KeyLayout.TryParse(Template, "", out var layout, out _));
        await using var logs = new LogReader(Store, layout, Clock);
        var plan = await logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        Assert.Equal(["day 1", "day 2"], await ToListAsync(logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        var previous = Cart with { Lives = Lives.Previous };
        Assert.Equal(["day 0"], await ToListAsync(logs.ReadAsync(plan, previous, LineSearch.Everything, CancellationToken.None)));
        Assert.Equal(["day 1", "day 2"], (await logs.TailAsync(plan, Cart, LineSearch.Everything, 5, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text)));
    }

    /// <summary>The clock was two hours ahead for a while, and was set right while an object was open.</summary>
    [Fact]
    public async Task Until_finds_the_lines_behind_a_clock_that_was_set_back()
    {
        var opened = Start.AddHours(3);
        Store.Put(Objects.Key("shop", "cart-1", "app", opened), Objects.Body([.. new[] { 185, 186, 61, 62, 187 }.Select(minute => Objects.Record(Start.AddMinutes(minute), $"{minute}"))]));
        Store.Put(Objects.Key("shop", "cart-1", "app", opened.AddMinutes(5)), Objects.Body(Objects.Record(Start.AddMinutes(65), "65"), Objects.Record(Start.AddMinutes(200), "200")));
        Store.Put(Objects.Key("shop", "cart-1", "app", opened.AddMinutes(10)), Objects.Body(Objects.Record(Start.AddMinutes(201), "201")));
        Store.Put(Objects.Key("shop", "cart-1", "app", opened.AddMinutes(15)), Objects.Body(Objects.Record(Start.AddMinutes(202), "202")));
        // The newest object tells which run is the last.
        Store.Put(Objects.Key("shop", "cart-1", "app", opened.AddMinutes(20)), Objects.Body(Objects.Record(Start.AddMinutes(203), "203")));

        Assert.Equal(["61", "62", "65"], await ReadAsync(Cart with { Until = Start.AddHours(2) }));
        Assert.DoesNotContain(Store.Requests, request => request.Contains($"GET persisted-logs/namespace-shop.pod-cart-1.cont-app/{opened.AddMinutes(15).ToUnixTimeMilliseconds()}", StringComparison.Ordinal));
    }

    /// <summary>A line's time, as <c>--timestamps</c> shows it, has nanoseconds.</summary>
    [Fact]
    public async Task Until_the_time_of_a_line_includes_the_line()
    {
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(Objects.Record(Start, "one").Replace("00Z", "23Z", StringComparison.Ordinal), Objects.Record(Start.AddMinutes(1), "two")));

        Assert.Equal(["one"], await ReadAsync(Cart with { Until = Start }));
        Assert.Equal(["one", "two"], await ReadAsync(Cart with { Until = DateTimeOffset.MaxValue.AddYears(-1) }));
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
        Assert.DoesNotContain(Store.Requests, request => request.Contains($"GET persisted-logs/namespace-shop.pod-cart-1.cont-app/{Start.AddDays(-3).ToUnixTimeMilliseconds()}", StringComparison.Ordinal));
        Assert.Contains(Store.Requests, request => request.Contains($"after persisted-logs/namespace-shop.pod-cart-1.cont-app/{Start.AddMinutes(30).AddHours(-25).ToUnixTimeMilliseconds()}", StringComparison.Ordinal));
    }

    /// <summary>The key has the stream of lines that do not.</summary>
    [Fact]
    public async Task The_stream_of_text_is_that_of_its_key()
    {
        Assert.True(KeyLayout.TryParse("{.stream||\"none\"}/{.kubernetes.pod_name||\"none\"}/", "", out var layout, out _));
        foreach (var stream in (string[])["stdout", "stderr", "none"])
            Store.Put($"{stream}/cart-1/{Objects.Key("a", "b", "c", Start, extension: ".log.gz").Split('/')[^1]}", Objects.Body($"of {stream}"));
        await using var logs = new LogReader(Store, layout, Clock);

        var question = new Question { Pod = "cart-1", Stream = "stderr" };
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        var lines = await logs.TailAsync(plan, question, LineSearch.Everything, 10, CancellationToken.None);
        Assert.Equal(["of stderr"], lines.Select(line => Encoding.UTF8.GetString(line.Text)));
        Assert.Equal(["of stderr"], await ToListAsync(logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None)));
    }

    [Fact]
    public async Task Pods_that_the_agent_did_not_know_are_told_from_pods_without_an_owner()
    {
        Store.Put(Objects.Key("shop", "cart-a", "app", Start), Objects.Body(Objects.Record(Start, "a", pod: "cart-a")[..^1] + ",\"metadata_missing\":true}"));

        Assert.Empty(await ReadAsync(new Question { Namespace = "shop", OwnerKind = "Deployment", OwnerName = "cart" }));
        Assert.Equal((1, 1), (Logs.Findings.WithoutOwner, Logs.Findings.WithoutMetadata));
    }

    [Fact]
    public async Task Only_what_was_stored_since_a_time_is_listed()
    {
        Put(Start, ["an hour ago, late"], stored: Start.AddMinutes(50));
        Put(Start.AddMinutes(1), ["older"], stored: Start.AddMinutes(30));

        var plan = await Logs.PlanStoredAsync(new Question(), Start.AddMinutes(45), CancellationToken.None);
        Assert.Equal((1, Start.AddMinutes(50)), (plan.Objects, plan.Sequences.Single().LastModified));
        Assert.Equal(0, (await Logs.PlanStoredAsync(new Question(), Start.AddMinutes(51), CancellationToken.None)).Objects);
    }

    [Fact]
    public async Task Owner_labels_stream_and_container_are_looked_at_in_the_records()
    {
        void PutOne(string pod, string owner, string labels, string stream) =>
            Store.Put(Objects.Key("shop", pod, "app", Start), Objects.Body(Objects.Record(Start, $"{pod} {stream}", pod: pod, owner: owner, labels: labels, stream: stream)));
        PutOne("cart-7d9f-a", "cart", """{"app":"cart","tier":"web"}""", "stdout");
        PutOne("cart-7d9f-b", "cart", """{"app":"cart"}""", "stderr");
        PutOne("cart-db-66-c", "cart-db", """{"app":"db"}""", "stdout");
        PutOne("cart-none", "", "", "stdout");

        Assert.Equal(["cart-7d9f-a stdout", "cart-7d9f-b stderr"], await ReadAsync(new Question { Namespace = "shop", OwnerKind = "Deployment", OwnerName = "cart" }));
        Assert.True(Logs.Findings.WithoutOwner > 0);
        Assert.Equal(0, Logs.Findings.WithoutMetadata);
        Assert.True(LabelSelector.TryParse("app in (cart,db), !tier", out var labels, out _));
        Assert.Equal(["cart-7d9f-b stderr", "cart-db-66-c stdout"], (await ReadAsync(new Question { Namespace = "shop", Labels = labels })).Order());
        Assert.Equal(["cart-7d9f-b stderr"], await ReadAsync(new Question { Namespace = "shop", Pod = "cart-7*", Stream = "stderr" }));
    }

    [Fact]
    public async Task Text_fluent_bits_records_and_lines_that_are_no_json_are_shown_as_they_are()
    {
        Store.Put(Objects.Key("shop", "cart-1", "app", Start, extension: ".log"), Encoding.UTF8.GetBytes("one\n{\"not\": \"parsed\"}\n\nlast"));
        Assert.Equal(["one", "{\"not\": \"parsed\"}", "", "last"], await ReadAsync(Cart));

        Store.Delete(Store.Keys[0]);
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(
            """{"date":1732000000.5,"log":"from fluent-bit\n","stream":"stdout","kubernetes":{"pod_name":"cart-1","namespace_name":"shop","container_name":"app","docker_id":"d"}}""",
            "no json",
            """{"level":"info","msg":"no log"}""",
            """{"log":"a \"quote\" \u00e9 \ud83d\ude00"}""",
            """{"log":"\ud800"}"""));
        Assert.Equal(["from fluent-bit", "no json", """{"level":"info","msg":"no log"}""", "a \"quote\" é 😀", """{"log":"\ud800"}"""], await ReadAsync(Cart));
        Assert.Equal(2, Logs.Findings.OddLines);
    }

    /// <summary>A prefix of several pages, and two nodes; what was told is what a plan of all says.</summary>
    [Fact]
    public async Task Containers_are_listed_prefix_by_prefix_and_add_up_to_what_a_plan_says()
    {
        for (var i = 0; i < 2500; i++)
            Put(Start.AddMinutes(i), ["a"], node: i % 2 == 0 ? "node-1" : "node-2");
        for (var i = 0; i < 40; i++)
            Store.Put(Objects.Key(i < 20 ? "shop" : "other", $"pod-{i}", "app", Start), Objects.Body("a"), Start.AddHours(i));
        Store.Put("persisted-logs/foreign", []);

        List<StoredContainer> listed = [];
        await foreach (var one in Logs.ListContainersAsync(new Question { Namespace = "shop" }, CancellationToken.None))
            listed.Add(one);

        var plan = await Logs.PlanAsync(new Question { Namespace = "shop" }, lastOnly: false, CancellationToken.None);
        Assert.True(KeyLayout.TryParse(KeyLayout.Default, "", out var layout, out _));
        Assert.Equal((await ContainerList.ReadAsync(Store, layout, plan, null, null, CancellationToken.None)).Rows, listed.OrderBy(one => (one.Namespace, one.Pod, one.Container)));
        Assert.Equal(21, listed.Count);
        Assert.Equal(2500, listed.Single(one => one.Pod == "cart-1").Objects);
    }

    [Fact]
    public async Task A_list_of_containers_that_theStore_refuses_ends_with_its_words()
    {
        for (var i = 0; i < 100; i++)
            Store.Put(Objects.Key("shop", $"pod-{i}", "app", Start), []);
        Store.Trouble = request => request.Contains("pod-50", StringComparison.Ordinal) ? new StoreReadException(ReadTrouble.Refused, "not that one") : null;

        var refused = await Assert.ThrowsAsync<StoreReadException>(async () =>
        {
            await foreach (var one in Logs.ListContainersAsync(new Question(), CancellationToken.None))
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
            Store.Put(Objects.Key("shop", $"cart-{pod}", "app", Start), Objects.Body(Enumerable.Range(0, 20).Select(i => Objects.Record(Start.AddSeconds((3 * i) + pod), $"{i} {text}", pod: $"cart-{pod}"))), Start.AddHours(1));
        var all = new Question { Namespace = "shop" };

        var plan = await Logs.PlanAsync(all, lastOnly: true, CancellationToken.None);
        var lines = await Logs.TailAsync(plan, all, LineSearch.Everything, 1000, CancellationToken.None);

        Assert.InRange(lines.Sum(line => (long)line.Text.Length), 24 << 20, 32 << 20);
        Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => Start.AddSeconds(59 - i)).Reverse().Select(RecordTime.From), lines.Select(line => line.Time!.Value));
        Assert.True(Logs.Findings.IsTailCut);
    }
}
