using System.Text;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Reading.Tests.Mixed;

/// <summary>Where a prefix mixes containers, lines are merged by the times of each container all the same, and the last ones are the last ones.</summary>
public sealed class MixedPrefixTests
{
    /// <summary>Stores of the random kind that is described there, with questions of all kinds.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Answers_are_those_of_brute_force(int seed)
    {
        var random = new Random(-seed - 1);
        var prefix = new MixedPrefix(seed);
        var bounds = new MergeBounds
        {
            BlockText = random.Next(100, 4_000),
            MostHeld = random.Next(3) switch { 0 => 1, 1 => 4_000, _ => 1 << 20 },
            MostOpen = random.Next(2) == 0 ? 1 : 8,
            FirstReach = random.Next(2) == 0 ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1),
        };
        for (var i = 0; i < 8; i++)
        {
            var oracle = new MixedOracle(prefix, random);
            var answer = oracle.Answer();
            var asked = $"{prefix.Template} {oracle.Question} {oracle.Search} {bounds}";

            await using var logs = Open(prefix, bounds);
            var plan = await logs.PlanAsync(oracle.Question, lastOnly: false, CancellationToken.None);
            var lines = await logs.ReadAsync(plan, oracle.Question, oracle.Search, CancellationToken.None).ToListAsync();
            AssertEqual(answer, lines, asked);
            Assert.Equal(0, logs.Findings.Broken);

            foreach (var count in (int[])[1, 1 + random.Next(10), 1 + random.Next(200)])
            {
                await using var last = Open(prefix, bounds);
                var lastPlan = await last.PlanAsync(oracle.Question, lastOnly: true, CancellationToken.None);
                AssertEqual([.. answer.TakeLast(count)], await last.TailAsync(lastPlan, oracle.Question, oracle.Search, count, CancellationToken.None), $"last {count} of {asked}");
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    private static LogReader Open(MixedPrefix prefix, MergeBounds bounds)
    {
        Assert.True(KeyLayout.TryParse(prefix.Template, "", out var layout, out _));
        return new LogReader(prefix.Store, layout, new ManualClock()) { Bounds = bounds };
    }

    private static void AssertEqual(IReadOnlyList<(string Text, bool IsContext)> expected, IReadOnlyList<LogLine> lines, string asked)
    {
        var found = lines.Select(line => (Encoding.UTF8.GetString(line.Text), line.IsContext)).ToList();
        var at = expected.Zip(found).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(expected.SequenceEqual(found), $"""
            {asked}
            wanted {expected.Count}, got {found.Count}; they differ from {at} on:
            wanted: {string.Join(", ", expected.Skip(at).Take(8))}
            got:    {string.Join(", ", found.Skip(at).Take(8))}
            """);
    }
}
