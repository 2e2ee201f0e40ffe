using System.Text;
using Collector.Reading.Layout;
using Collector.Reading.Search;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>The last run of a container and the one before, where a container has several prefixes, or a prefix several containers.</summary>
public sealed class RunsOfLayoutsTests : LogReading
{
    private const string Dated = "{.kubernetes.namespace_name||\"none\"}/{.kubernetes.pod_name||\"none\"}/{.kubernetes.container_name||\"none\"}/{\"%Y-%m-%d\"}/";

    private static Question Previous { get; } = Cart with { Lives = Lives.Previous };

    /// <summary>The days of a container are uploaded in any order, as after a pause: their stored times say nothing.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task The_restart_count_decides_and_not_the_times_of_the_store(int firstStored, int secondStored)
    {
        PutDay(0, firstStored, (0, "r0"), (1, "r1 a"));
        PutDay(1, secondStored, (1, "r1 b"), (2, "r2"));

        Assert.Equal(["r2"], await AnswersAsync(Dated, Cart));
        Assert.Equal(["r1 a", "r1 b"], await AnswersAsync(Dated, Previous));
    }

    [Fact]
    public async Task Only_the_days_that_may_have_the_last_run_are_read()
    {
        for (var day = 0; day < 10; day++)
            PutDay(day, 0, (day / 5, $"day {day}"));

        Assert.Equal(["day 9"], await TailAsync(Dated, Cart, 1));
        Assert.Single(Store.Requests, request => request.Contains(".jsonl.gz", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_nodes_the_later_record_decides_whatever_was_stored_last()
    {
        Put(Start, ["old"], uid: "u1", stored: Start.AddHours(3));
        Put(Start.AddHours(1), ["new"], uid: "u2", node: "node-2", stored: Start.AddHours(2));

        Assert.Equal(["new"], await AnswersAsync(KeyLayout.Default, Cart));
        Assert.Equal(["old"], await AnswersAsync(KeyLayout.Default, Previous));
    }

    [Theory]
    [InlineData("all/")]
    [InlineData("{\"%Y-%m-%d\"}/")]
    [InlineData("{.kubernetes.namespace_name||\"none\"}/")]
    public async Task Where_a_prefix_mixes_containers_the_runs_of_each_are_told_apart(string template)
    {
        string[] records = [Of("app", 0, 0), Of("app", 1, 1), Of("app", 2, 1), Of("side", 3, 0), Of("app", 4, 2), Of("app", 5, 2), Of("side", 6, 1), Of("app", 7, 2)];
        var directory = template.Contains('%', StringComparison.Ordinal) ? "2026-11-20" : template[0] == 'a' ? "all" : "shop";
        Store.Put($"{directory}/{Name(Start)}", Objects.Body(records[..5]), Start);
        Store.Put($"{directory}/{Name(Start.AddMinutes(1))}", Objects.Body(records[5..]), Start);

        Assert.Equal(["app 4", "app 5", "side 6", "app 7"], await AnswersAsync(template, Cart));
        Assert.Equal(["app 1", "app 2", "side 3"], await AnswersAsync(template, Previous));
        Assert.Equal(["side 3"], await AnswersAsync(template, Previous with { Container = "side" }));
        Assert.Equal(["side 6", "app 7"], await TailAsync(template, Cart, 2));
        Assert.Equal(["app 5", "side 6", "app 7"], await TailAsync(template, Cart, 3));
    }

    /// <summary>Two nodes in one mixed layout: the pod was recreated, and the store got the older one's object later.</summary>
    [Fact]
    public async Task A_later_run_in_another_sequence_replaces_the_lines_that_were_read_before()
    {
        Store.Put($"all/{Name(Start, "node-1")}", Objects.Body([.. Enumerable.Range(0, 5).Select(i => Objects.Record(Start.AddSeconds(i), $"old {i}", uid: "u1"))]), Start.AddDays(2));
        Store.Put($"all/{Name(Start.AddMinutes(1), "node-2")}", Objects.Body([.. Enumerable.Range(0, 5).Select(i => Objects.Record(Start.AddMinutes(1).AddSeconds(i), $"new {i}", uid: "u2"))]), Start.AddDays(1));

        Assert.Equal(["new 0", "new 1", "new 2", "new 3", "new 4"], await AnswersAsync("all/", Cart));
        Assert.Equal(["new 3", "new 4"], await TailAsync("all/", Cart, 2));
    }

    [Fact]
    public async Task Lines_that_do_not_say_their_run_are_counted_and_never_taken_for_the_one_before()
    {
        Store.Put($"all/{Name(Start)}", Objects.Body("{\"log\":\"a\",\"kubernetes\":{\"namespace_name\":\"shop\",\"pod_name\":\"cart-1\",\"container_name\":\"app\"}}"), Start);

        Assert.Equal(["a"], await AnswersAsync("all/", Cart));
        Assert.Empty(await AnswersAsync("all/", Previous));
        Assert.Equal(1, _findings!.WithoutRun);
    }

    private Findings? _findings;

    private void PutDay(int day, int storedDay, params (int Restart, string Text)[] lines)
    {
        var time = new DateTimeOffset(2026, 11, 10 + day, 10, 0, 0, TimeSpan.Zero);
        Store.Put(
            $"shop/cart-1/app/{time:yyyy-MM-dd}/{Name(Start)}",
            Objects.Body([.. lines.Select((line, i) => Objects.Record(time.AddMinutes(i), line.Text, restart: line.Restart))]),
            Start.AddMinutes(storedDay));
    }

    private static string Of(string container, int at, int restart) => Objects.Record(Start.AddSeconds(at), $"{container} {at}", container: container, restart: restart);

    private static string Name(DateTimeOffset opened, string node = "node-1") => Objects.Key("a", "b", "c", opened, node).Split('/')[^1];

    /// <summary>All lines, which the last lines must equal.</summary>
    private async Task<List<string>> AnswersAsync(string template, Question question)
    {
        await using var logs = Open(template);
        var plan = await logs.PlanAsync(question, lastOnly: false, CancellationToken.None);
        var all = await ToListAsync(logs.ReadAsync(plan, question, LineSearch.Everything, CancellationToken.None));
        Assert.Equal(all, await TailAsync(template, question, 100));
        _findings = logs.Findings;
        return all;
    }

    private async Task<List<string>> TailAsync(string template, Question question, int count)
    {
        await using var logs = Open(template);
        var plan = await logs.PlanAsync(question, lastOnly: true, CancellationToken.None);
        return [.. (await logs.TailAsync(plan, question, LineSearch.Everything, count, CancellationToken.None)).Select(line => Encoding.UTF8.GetString(line.Text))];
    }

    private LogReader Open(string template)
    {
        Assert.True(KeyLayout.TryParse(template, "", out var layout, out _));
        return new LogReader(Store, layout, Clock);
    }
}
