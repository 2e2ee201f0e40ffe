namespace Collector.Simulation.Running;

/// <summary>
/// Lets some of the actions of a run happen in the middle of a turn of the collector. Its chance is its own, so that the actions
/// of a seed stay what they are.
/// </summary>
internal static class Amid
{
    private const int Percent = 30;
    private const int MostCalls = 100;

    public static Trace Of(Trace trace)
    {
        var random = new Random(unchecked(~trace.Seed * 104_729));
        var actions = new List<SimulationAction>();
        foreach (var action in trace.Actions)
        {
            if (random.Next(100) < Percent)
            {
                // Few calls are the rule in a turn without news, many in one with a look.
                actions.Add(new SimulationAction("amid", Number: random.Next(1, random.Next(2, MostCalls))));
            }

            actions.Add(action);
        }

        return trace with { Actions = actions };
    }
}
