using System.Text;
using Collector.Reading.Lines;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>What is looked for in lines, and lines that come later.</summary>
public sealed class LogSearchTests : LogReading
{
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

    /// <summary>A double has 15 to 17 digits; the ids of many systems have 19 or 20.</summary>
    [Theory]
    [InlineData("big=12345678901234567891", "12345678901234567891", true)]
    [InlineData("big=12345678901234567891", "12345678901234567890", false)]
    [InlineData("big>12345678901234567890", "12345678901234567891", true)]
    [InlineData("big<-12345678901234567890", "-12345678901234567891", true)]
    [InlineData("big>=-3", "12345678901234567890123456789012345678901234567890", true)]
    [InlineData("big=007", "7", true)]
    [InlineData("big=-0", "0", true)]
    [InlineData("big=2", "2.0", true)]
    [InlineData("big<1e3", "999", true)]
    public void Numbers_are_compared_as_numbers_and_integers_exactly(string condition, string value, bool holds) =>
        Assert.Equal(holds, FieldCondition.Parse(condition, out _)!.Holds(Encoding.UTF8.GetBytes($"{{\"big\":{value}}}")));

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

    /// <summary>What the runtime says of an expression is not for people who search logs.</summary>
    [Theory]
    [InlineData("(a)\\1", "backreferences or look-around")]
    [InlineData("(?=a)b", "backreferences or look-around")]
    [InlineData("(?<!a)b", "backreferences or look-around")]
    [InlineData("(?:(?:a{1000}){1000}){1000}", "too large")]
    [InlineData("[a", "a ] is missing")]
    [InlineData("*a", "nothing stands before *")]
    [InlineData("a)", "a ( is missing")]
    [InlineData("a\\", "nothing stands behind its last")]
    [InlineData("[b-a]", "a range ends before it begins")]
    [InlineData("(?<", "it cannot be understood")]
    public void An_expression_that_is_refused_is_told_in_our_words(string text, string words)
    {
        Assert.Null(TextPattern.Parse(text, ignoreCase: false, out var error));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.DoesNotContain("RegexOptions", error, StringComparison.Ordinal);
        Assert.DoesNotContain("pattern", error, StringComparison.Ordinal);
    }

    /// <summary>Of a file of JSON the object is the line, also if it has a field log; plain lines of a file are text.</summary>
    [Fact]
    public async Task A_record_of_a_file_of_json_is_its_line_though_it_has_a_field_log()
    {
        const string Own = """{"time":"2026-11-20T10:00:00.5Z","level":"error","message":"m1","log":"has log","log_type":"application","log_source":"file","hostname":"n3","file":"/a.log","source":"fj"}""";
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(
            Own,
            """{"time":"2026-11-20T10:00:01Z","log":"plain error","partial":true,"log_type":"application","log_source":"file","cluster":"dev","hostname":"n3","file":"/a.log","source":"fj"}""",
            """{"date":1732000000.5,"log":"from fluent-bit","level":"error"}"""));

        Assert.Equal([Own, "plain error", "from fluent-bit"], await ReadAsync(Cart));
        Assert.Equal([Own], await ReadAsync(Cart, new LineSearch { Where = FieldCondition.Parse("level=error and message=m1", out _) }));
        Assert.Equal([Own], await ReadAsync(Cart, new LineSearch { Pattern = TextPattern.Parse("m1", ignoreCase: false, out _) }));
    }

    [Fact]
    public async Task Spaces_before_an_object_of_json_are_none_of_its_business()
    {
        Put(Start, ["\t{\"level\":\"error\"}", " \r\t {\"level\":\"error\"}"]);

        Assert.Equal(2, (await ReadAsync(Cart, new LineSearch { Where = FieldCondition.Parse("level=error", out _) })).Count);
    }

    [Fact]
    public async Task What_was_left_out_before_the_first_of_the_last_lines_is_no_gap()
    {
        Put(Start, ["match", "a", "b", "c", "d", "match", "e"]);
        var search = new LineSearch { Pattern = TextPattern.Parse("match", ignoreCase: false, out _), Before = 1, After = 1 };
        var plan = await Logs.PlanAsync(Cart, lastOnly: true, CancellationToken.None);

        var all = await Logs.TailAsync(plan, Cart, search, 5, CancellationToken.None);
        var last = await Logs.TailAsync(plan, Cart, search, 3, CancellationToken.None);

        Assert.Equal([false, false, true, false, false], all.Select(line => line.IsAfterGap));
        Assert.Equal([false, false, false], last.Select(line => line.IsAfterGap));
    }

    /// <summary>kubectl takes all of these.</summary>
    [Theory]
    [InlineData("app in(cart)", true)]
    [InlineData("app in (cart,db)", true)]
    [InlineData("app  notin  (cart)", false)]
    [InlineData("tier notin(web), app", true)]
    public async Task A_set_of_labels_may_have_any_spaces(string text, bool isFound)
    {
        Assert.True(Lines.LabelSelector.TryParse(text, out var labels, out var error), error);
        Store.Put(Objects.Key("shop", "cart-1", "app", Start), Objects.Body(Objects.Record(Start, "a line", labels: """{"app":"cart"}""")));

        Assert.Equal(isFound ? ["a line"] : [], await ReadAsync(Cart with { Labels = labels }));
    }

    [Theory]
    [InlineData("app in")]
    [InlineData("app in (")]
    [InlineData("in (a)")]
    [InlineData("app (a)")]
    [InlineData("app in (a) b")]
    public void A_set_of_labels_that_is_none_is_told(string text) => Assert.False(Lines.LabelSelector.TryParse(text, out _, out _));

    [Fact]
    public void An_expression_cannot_hang()
    {
        var pattern = TextPattern.Parse("(a+)+$", ignoreCase: false, out _);

        Assert.False(pattern!.IsMatch(Encoding.ASCII.GetBytes(new string('a', 100_000) + "!")));
        Assert.Null(TextPattern.Parse("(a)\\1", ignoreCase: false, out var error));
        Assert.Contains("backreferences", error, StringComparison.Ordinal);
        Assert.Null(TextPattern.Parse("(", ignoreCase: false, out error));
        Assert.Contains("not a regular expression: a ) is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_is_one_line_when_it_is_read_so()
    {
        Put(Start, ["start", "java.lang.IllegalStateException: no", "\tat a.B.c(B.java:1)", "Caused by: java.io.IOException", "\t... 3 more", "end"], step: TimeSpan.FromMilliseconds(1));
        var joiner = new TraceJoiner(new LineSearch { Pattern = TextPattern.Parse("B.java", false, out _) });
        List<string> shown = [];
        foreach (var line in await LinesAsync(Cart, joiner.Unjoined))
            joiner.Add(line, one => shown.Add(Encoding.UTF8.GetString(one.Text)));
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
    public async Task What_isStored_later_is_followed_and_shown_once()
    {
        Put(Clock.GetUtcNow(), ["1"], stored: Clock.GetUtcNow());
        var plan = await Logs.PlanAsync(Cart, lastOnly: false, CancellationToken.None);
        Assert.Equal(["1"], await ToListAsync(Logs.ReadAsync(plan, Cart, LineSearch.Everything, CancellationToken.None)));
        using var stop = new CancellationTokenSource();
        await using var following = Logs.FollowAsync(plan, Cart, LineSearch.Everything, stop.Token).GetAsyncEnumerator(stop.Token);

        Put(Clock.GetUtcNow().AddSeconds(1), ["2"], stored: Clock.GetUtcNow());
        Assert.Equal("2", await NextAsync());
        Assert.Null(await NextAsync());

        // A new container, and an object of another node that was opened before what was seen.
        Store.Put(Objects.Key("shop", "cart-1", "sidecar", Clock.GetUtcNow()), Objects.Body(Objects.Record(Clock.GetUtcNow(), "3", container: "sidecar")), Clock.GetUtcNow());
        Put(Clock.GetUtcNow().AddHours(-1), ["4"], at: Clock.GetUtcNow().AddMinutes(1), node: "node-2", stored: Clock.GetUtcNow());
        Assert.Equal("3", await NextAsync());
        Assert.Equal("4", await NextAsync());
        Assert.Null(await NextAsync());

        async Task<string?> NextAsync()
        {
            var next = following.MoveNextAsync().AsTask();
            while (!next.IsCompleted)
            {
                Clock.Advance(TimeSpan.FromSeconds(2));
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
            Store.Put(Objects.Key("shop", pod, "app", Start), []);

        Assert.Equal("cart-7d9f-a", (await Logs.NearestAsync(new Question { Namespace = "shop", Pod = "carx" }, CancellationToken.None))[0]);
        Assert.Equal("-n shop", (await Logs.NearestAsync(new Question { Namespace = "shob", Pod = "cart" }, CancellationToken.None))[0]);
    }
}
