using Collector.Simulation.Running;
using Xunit;

namespace Collector.Pipeline.Tests.Simulation;

/// <summary>
/// The whole agent in virtual time, from seeds (S-104, S-123 to S-128, S-133): thousands of new ones, and the shortest traces of all that was ever
/// found (<c>tests/Collector.Simulation/Kept</c>).
/// </summary>
public sealed class SimulationTests
{
    /// <summary>As many as a build waits for; <c>hack/simulate.sh</c> runs any number.</summary>
    private const int DefaultSeeds = 2_000;
    private const string SeedsVariable = "COLLECTOR_SIMULATION_SEEDS";

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), out var given) ? given : DefaultSeeds;

    public static IEnumerable<TheoryDataRow<string>> Kept =>
        Directory.EnumerateFiles(Path.Join(AppContext.BaseDirectory, "Kept"), "*.trace").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).Select(f => new TheoryDataRow<string>(f));

    [Fact]
    public void Nothing_is_lost_twice_out_of_order_or_miscounted_whatever_the_seed()
    {
        // Half of them with a catalog, which has to tell of every byte.
        Parallel.ForEach(Enumerable.Range(1, Seeds), seed => AssertRight(ActionGenerator.Make(seed) with { HasCatalog = seed % 2 == 0 }));
    }

    /// <summary>Other processes do not wait for a turn to end.</summary>
    [Fact]
    public void The_same_holds_when_things_happen_between_two_calls_of_one_turn() =>
        Parallel.ForEach(Enumerable.Range(Seeds + 1, Seeds / 2), seed => AssertRight(Amid.Of(ActionGenerator.Make(seed)) with { HasCatalog = seed % 2 == 0 }));

    [Theory]
    [MemberData(nameof(Kept))]
    public void What_was_found_once_stays_mended(string trace) => AssertRight(Trace.Read(Path.Join(AppContext.BaseDirectory, "Kept", trace)));

    [Fact]
    public void A_seed_makes_the_same_trace_and_the_same_end_every_time()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var (one, other) = (ActionGenerator.Make(seed), ActionGenerator.Make(seed));
            Assert.Equal(one.ToString(), other.ToString());
            Assert.Equal(SimulationRun.Of(one).ToString(), SimulationRun.Of(Trace.Parse(other.ToString().Split('\n'))).ToString());
        }
    }

    private static void AssertRight(Trace trace)
    {
        var result = SimulationRun.Of(trace);
        Assert.True(result.Findings.Count == 0, $"seed {trace.Seed}: {result}\n{trace}");
    }
}
