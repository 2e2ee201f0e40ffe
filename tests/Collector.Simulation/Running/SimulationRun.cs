using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Simulation.World;
using Microsoft.Extensions.Logging;

namespace Collector.Simulation.Running;

/// <summary>How a run ended: what is wrong, and what the agent said.</summary>
internal sealed record RunResult(IReadOnlyList<Finding> Findings, IReadOnlyList<string> Log)
{
    public bool Has(FailureKind kind) => Findings.Any(f => f.Kind == kind);

    public override string ToString() => string.Join('\n', Findings.Select(f => $"{f.Kind}: {f.Message}").Concat(Log));
}

/// <summary>One run: the actions of a trace, then a healthy world and enough time for everything to arrive, then the judge. Nothing is shared with other runs.</summary>
internal static class SimulationRun
{
    /// <summary>Longer than every wait of the design: a minute for a copy, a minute for an end without newline, the longest park, the oldest chunk.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(210);

    /// <summary>What was planned for the disk, and has not come yet, ends one after the other.</summary>
    private const int MostLives = 8;

    public static RunResult Of(Trace trace, LogLevel least = LogLevel.Warning)
    {
        var world = new NodeWorld(trace.Seed, trace.HasBirthTimes);
        var writers = new Writers(world);
        using var lives = new CollectorLives(world, writers, new TroubleLog(world.Clock, least));
        lives.Next = lives.Next with { HasCatalog = trace.HasCatalog };
        var verbs = new Verbs(world, lives, writers);
        List<Finding> findings;
        try
        {
            foreach (var action in trace.Actions)
            {
                verbs.Do(action);
            }

            Finish(verbs, lives);
            findings = new Judge(world, lives).Run();
        }
        catch (SimulationFailure failure)
        {
            findings = [new Finding(failure.Kind, failure.Message)];
        }

        if (least < LogLevel.Warning)
        {
            findings.AddRange(lives.Stores.SelectMany(s => StoredRecords.Of(s, [])).Select(r => new Finding(FailureKind.Stored, $"{r.Prefix} {r.Text}")));
        }

        return new RunResult(findings, lives.Log.Lines.ConvertAll(l => $"{l.At.TotalSeconds:0.00} s: {l.Level}: {l.Message}"));
    }

    private static void Finish(Verbs verbs, CollectorLives lives)
    {
        verbs.Do(new SimulationAction("store", Word: nameof(StoreMood.Healthy)));
        verbs.Do(new SimulationAction("disk", Word: "free"));

        // A crash that was planned and has not come yet ends a first life here; the others rest as long.
        for (var life = 0; life < MostLives; life++)
        {
            lives.Start();
            verbs.Do(new SimulationAction("run", Number: (int)Rest.TotalMilliseconds));
            if (!lives.IsUp)
            {
                continue;
            }

            lives.Stop();
            lives.Start();
            verbs.Do(new SimulationAction("run", Number: (int)Rest.TotalMilliseconds / 2));
            if (lives.IsUp)
            {
                lives.Stop();
                return;
            }
        }
    }
}
