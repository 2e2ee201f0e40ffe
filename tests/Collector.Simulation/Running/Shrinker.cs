using Collector.Simulation.Oracle;

namespace Collector.Simulation.Running;

/// <summary>Makes a failing trace short: leaves out what it fails without (delta debugging), then makes numbers small.</summary>
internal static class Shrinker
{
    public static Trace Shrink(Trace trace, FailureKind kind)
    {
        bool Fails(IReadOnlyList<SimulationAction> actions) => SimulationRun.Of(trace with { Actions = actions }).Has(kind);
        var actions = trace.Actions.ToList();
        for (var size = actions.Count / 2; size > 0; size = size == 1 ? 0 : size / 2)
        {
            LeaveOut(actions, size, Fails);
        }

        MakeSmall(actions, Fails);
        for (var before = int.MaxValue; actions.Count < before;)
        {
            before = actions.Count;
            LeaveOut(actions, 2, Fails);
            LeaveOut(actions, 1, Fails);
        }

        return trace with { Actions = actions };
    }

    private static void LeaveOut(List<SimulationAction> actions, int size, Func<IReadOnlyList<SimulationAction>, bool> fails)
    {
        for (var i = actions.Count - size; i > -size; i -= size)
        {
            var from = Math.Max(0, i);
            var count = Math.Min(size, actions.Count - from);
            var rest = actions.Where((_, at) => at < from || at >= from + count).ToList();
            if (count > 0 && fails(rest))
            {
                actions.RemoveRange(from, count);
            }
        }
    }

    private static void MakeSmall(List<SimulationAction> actions, Func<IReadOnlyList<SimulationAction>, bool> fails)
    {
        for (var i = 0; i < actions.Count; i++)
        {
            foreach (var number in (int[])[0, 1, 2, 1000, 6000])
            {
                var was = actions[i];
                if (number < was.Number)
                {
                    actions[i] = was with { Number = number };
                    if (fails(actions))
                    {
                        break;
                    }

                    actions[i] = was;
                }
            }
        }
    }
}
