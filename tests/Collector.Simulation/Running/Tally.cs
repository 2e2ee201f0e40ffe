using System.Globalization;
using Collector.Simulation.Oracle;

namespace Collector.Simulation.Running;

/// <summary>What all runs came to. Thread safe.</summary>
internal sealed class Tally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FailureKind, List<Trace>> _failures = [];
    private long _actions;
    private int _seeds;

    public bool HasFailures => _failures.Count > 0;

    public void Add(Trace trace, RunResult result)
    {
        lock (_gate)
        {
            _seeds++;
            _actions += trace.Actions.Count;
            foreach (var kind in result.Findings.Select(f => f.Kind).Distinct())
            {
                if (!_failures.TryGetValue(kind, out var traces))
                {
                    _failures.Add(kind, traces = []);
                }

                traces.Add(trace);
            }
        }
    }

    /// <summary>In the order of seeds.</summary>
    public IReadOnlyList<Trace> FailuresOf(FailureKind kind) => _failures.TryGetValue(kind, out var traces) ? [.. traces.OrderBy(t => t.Seed)] : [];

    /// <summary>Ascending.</summary>
    public IEnumerable<int> FailedSeeds => _failures.Values.SelectMany(t => t).Select(t => t.Seed).Distinct().Order();

    public string Table(TimeSpan elapsed)
    {
        (string Name, string Value)[] columns =
        [
            ("seeds", Number(_seeds)),
            ("actions", Number(_actions)),
            ("seeds/s", Number((long)(_seeds / elapsed.TotalSeconds))),
            ("lost", Failures(FailureKind.Lost)),
            ("twice", Failures(FailureKind.Twice)),
            ("out of order", Failures(FailureKind.OutOfOrder)),
            ("damaged", Failures(FailureKind.Damaged)),
            ("miscounted", Failures(FailureKind.Miscounted)),
            ("two prefixes", Failures(FailureKind.TwoPrefixes)),
            ("told not counted", Failures(FailureKind.ToldNotCounted)),
            ("crashed", Failures(FailureKind.Crashed)),
            ("hung", Failures(FailureKind.Hung)),
        ];
        return string.Join(" | ", columns.Select(c => c.Name.PadLeft(c.Value.Length))) + "\n" +
            string.Join(" | ", columns.Select(c => c.Value.PadLeft(c.Name.Length)));
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Failures(FailureKind kind) => Number(_failures.TryGetValue(kind, out var traces) ? traces.Count : 0);
}
