using Collector.Testing.Storage;

namespace Collector.Simulation.Running;

/// <summary>
/// What befalls the disk of the data dir in some of the runs: it fills up for a while, single changes fail, and the power fails in
/// the middle of a change. Its chance is its own, so that the other actions of a seed stay what they are.
/// </summary>
internal sealed class DiskTroubles
{
    private const int RunsWithTroubles = 30;
    private static readonly string[] s_errors = [nameof(DiskFault.NoSpace), nameof(DiskFault.Io), nameof(DiskFault.ShortWriteNoSpace), nameof(DiskFault.ShortWriteIo)];
    private static readonly string[] s_deaths = [nameof(DiskFault.CrashBefore), nameof(DiskFault.CrashInside), nameof(DiskFault.CrashAfter)];
    private readonly Random _random;
    private readonly List<SimulationAction> _actions;

    private DiskTroubles(int seed, IReadOnlyList<SimulationAction> actions)
    {
        _random = new Random(unchecked(~seed * 7919));
        _actions = [.. actions];
    }

    /// <summary>The actions of a seed, with the troubles that it has.</summary>
    public static Trace In(Trace trace)
    {
        var troubles = new DiskTroubles(trace.Seed, trace.Actions);
        if (troubles._random.Next(100) >= RunsWithTroubles)
        {
            return trace;
        }

        for (var left = troubles._random.Next(1, 5); left > 0; left--)
        {
            troubles.Next();
        }

        return trace with { Actions = troubles._actions };
    }

    private void Next()
    {
        var at = _random.Next(_actions.Count + 1);
        switch (_random.Next(4))
        {
            case < 2:
                _actions.Insert(at, new SimulationAction("disk", Number: _random.Next(4), Word: "full"));
                _actions.Insert(_random.Next(at + 1, Math.Min(at + 12, _actions.Count + 1)), new SimulationAction("disk", Word: "free"));
                break;
            case 2:
                _actions.Insert(at, new SimulationAction("fault", Number: _random.Next(1, 25), Word: s_errors[_random.Next(s_errors.Length)]));
                break;
            default:
                _actions.Insert(at, new SimulationAction("outage", Number: _random.Next(1, 25), Word: s_deaths[_random.Next(s_deaths.Length)]));
                break;
        }
    }
}
