using Collector.Simulation.World;

namespace Collector.Simulation.Running;

/// <summary>The actions of a run that is being made, and the chance that makes it.</summary>
internal sealed class ActionList
{
    public ActionList(int seed)
    {
        Random = new Random(seed);
        All = [.. Enumerable.Range(0, NodeWorld.FileCount).Select(i => $"f{i}"), .. Enumerable.Range(0, NodeWorld.ContainerCount).Select(i => $"c{i}")];
        var shuffled = All.ToArray();
        Random.Shuffle(shuffled);
        Targets = [.. shuffled.Take(Random.Next(1, 5))];
    }

    public Random Random { get; }

    /// <summary>Every log that there is.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>The few that the run is about.</summary>
    public IReadOnlyList<string> Targets { get; }

    public List<SimulationAction> Actions { get; } = [];

    public T Pick<T>(IReadOnlyList<T> list) => list[Random.Next(list.Count)];

    public bool Chance(int percent) => Random.Next(100) < percent;

    public void Add(string verb, string target = "", int number = 0, string word = "") => Actions.Add(new SimulationAction(verb, target, number, word));
}
