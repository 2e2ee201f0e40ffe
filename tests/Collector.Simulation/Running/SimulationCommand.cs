using System.Diagnostics;
using Collector.Simulation.Oracle;
using Microsoft.Extensions.Logging;

namespace Collector.Simulation.Running;

/// <summary>What is to be run, and what of it is to be told.</summary>
internal sealed record SimulationOptions(int Seeds, int First, FailureKind? Kind, bool Shrinks, string? Keep, IReadOnlyList<string> Without, bool Lists, bool HasBirthTimes, bool HasCatalog, bool IsAmid);

/// <summary>Runs many seeds on two threads, and says what it found.</summary>
internal static class SimulationCommand
{
    private const int Threads = 2;

    /// <summary>Verbs that tell nothing of what is special in a trace.</summary>
    private static readonly string[] s_everywhere = ["write", "begin", "long", "end", "flood", "partial", "run", "config", "start", "cycle"];

    private const int LinesTold = 8;
    private const int ShownPerKind = 12;

    /// <summary>Failures of one kind are made short until so many are; the many that look alike are shown once.</summary>
    private const int ShrunkPerKind = 40;

    public static int Replay(string path, bool isVerbose)
    {
        var result = SimulationRun.Of(Trace.Read(path), isVerbose ? LogLevel.Debug : LogLevel.Warning);
        Tell(result, isVerbose ? int.MaxValue : LinesTold);
        return result.Findings.All(f => f.Kind == FailureKind.Stored) ? 0 : 1;
    }

    public static int Run(SimulationOptions options)
    {
        var tally = new Tally();
        var next = options.First - 1;
        var last = options.First + options.Seeds;
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int seed; (seed = Interlocked.Increment(ref next)) < last;)
            {
                var trace = ActionGenerator.Make(seed).Without(options.Without) with { HasBirthTimes = options.HasBirthTimes, HasCatalog = options.HasCatalog };
                trace = options.IsAmid ? Amid.Of(trace) : trace;
                tally.Add(trace, SimulationRun.Of(trace));
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        var elapsed = watch.Elapsed;
        if (options.Lists)
        {
            tally.FailedSeeds.ToList().ForEach(Console.WriteLine);
            return tally.HasFailures ? 1 : 0;
        }

        foreach (var kind in Enum.GetValues<FailureKind>().Where(k => options.Kind is null || options.Kind == k))
        {
            ShowAll(tally.FailuresOf(kind), kind, options);
        }

        Console.WriteLine(tally.Table(elapsed));
        return tally.HasFailures ? 1 : 0;
    }

    private static void ShowAll(IReadOnlyList<Trace> failures, FailureKind kind, SimulationOptions options)
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var failure in failures.Take(options.Shrinks ? ShrunkPerKind : ShownPerKind))
        {
            var trace = options.Shrinks ? Shrinker.Shrink(failure, kind) : failure;
            if (shown.Count < ShownPerKind && shown.Add(ShapeOf(trace)))
            {
                Show(trace, kind, options);
            }
        }
    }

    /// <summary>What happens in a trace, without what is written, how often, when, and to which of the logs.</summary>
    private static string ShapeOf(Trace trace) => string.Join(' ', trace.Actions
        .Where(a => !s_everywhere.Contains(a.Verb, StringComparer.Ordinal))
        .Select(a => $"{a.Verb}{a.Target.FirstOrDefault()}")
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal));

    private static void Show(Trace trace, FailureKind kind, SimulationOptions options)
    {
        Console.WriteLine($"{kind}, seed {trace.Seed}:");
        if (options.Shrinks)
        {
            Console.WriteLine(trace);
        }

        var result = SimulationRun.Of(trace);
        Tell(result);
        Console.WriteLine();
        if (options.Keep is { } directory)
        {
            Directory.CreateDirectory(directory);
            var says = string.Join('\n', result.Findings.Select(f => $"# {f.Kind}: {f.Message.Split('\n')[0]}"));
            File.WriteAllText(Path.Join(directory, $"{kind}-{trace.Seed}.trace".ToLowerInvariant()), $"{says}\n{trace}");
        }
    }

    private static void Tell(RunResult result, int lines = LinesTold)
    {
        foreach (var finding in result.Findings)
        {
            Console.WriteLine($"  {finding.Kind}: {finding.Message}");
        }

        foreach (var line in result.Log.TakeLast(lines))
        {
            Console.WriteLine($"  the agent said: {line}");
        }
    }
}
