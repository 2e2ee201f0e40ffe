using System.Collections.Concurrent;
using Collector.Testing.Mix;

namespace Collector.Testing.Node;

/// <summary>
/// A node full of pods that log: writers, kubelet's rotation and compression, restarts, deletions. Step by step it is
/// deterministic by its seed; <see cref="NodeClockwork"/> runs it live. One thread at a time; <see cref="Post"/> may be called by any.
/// </summary>
public sealed class NodeSimulator : IDisposable
{
    // Compressed in one step; small enough that a half-written .tmp is seen by others.
    private const int GzipSlice = 64 * 1024;

    // Old links go, and excess is looked for, about every so many steps.
    private const double CleaningChance = 0.02;

    // Of the containers apart: how often one of them is looked after, and what happens then.
    private const double ApartChance = 0.06, LingerChance = 0.2, ApartRotationChance = 0.01, ApartRestartChance = 0.004;
    private const int ApartLines = 8;

    private static readonly DateTimeOffset VirtualStart = new(2026, 11, 21, 0, 30, 0, TimeSpan.Zero);

    private readonly NodeOptions options;
    private readonly SeededRandom random;
    private readonly RuntimeClock clock;
    private readonly PodNames names;
    private readonly ConcurrentQueue<Action<NodeSimulator>> posted = new();
    private readonly List<SimulatedContainer> containers = [], apart = [];

    public NodeSimulator(string root, NodeOptions options)
    {
        this.options = options;
        Tree = new NodeTree(root);
        random = new SeededRandom(options.Seed);
        clock = new RuntimeClock(options.Time?.GetUtcNow() ?? VirtualStart, random.NextUInt64());
        names = new PodNames(random.Fork(), options.Namespaces);
        Reports = options.Api is { } api ? new PodReports(api) : null;
        for (int pod = 0; pod < options.Pods; pod++) AddPod(pod);
    }

    public NodeTree Tree { get; }

    public Ledger Ledger { get; } = new();

    public NodeStats Stats { get; } = new();

    public IReadOnlyList<SimulatedContainer> Containers => containers;

    /// <summary>Containers that somebody has added; they are never deleted.</summary>
    public IReadOnlyList<SimulatedContainer> Apart => apart;

    /// <summary>What the API is told of the pods; null without one.</summary>
    public PodReports? Reports { get; }

    /// <summary>Has something done between two steps, by the thread that runs the node.</summary>
    public void Post(Action<NodeSimulator> action) => posted.Enqueue(action);

    /// <summary>A container beside the others, with a pace of its own. Before the node runs.</summary>
    public SimulatedContainer AddApart(ContainerIdentity identity)
    {
        apart.Add(new SimulatedContainer(Tree, options, Stats, Ledger.Add(identity), clock, random.Fork(), Reports));
        return apart[^1];
    }

    /// <summary>One container writes a few lines, and whatever else may happen on a node happens or not.</summary>
    public void Step()
    {
        TakeTurn(ApartChance);
        SimulatedContainer container = Busy();
        container.Write(random.Between(1, options.BurstLines));
        if (container.IsRotating) EndRotation(container);
        else if (container.Length > options.MaxFileBytes && options.Format == RuntimeFormat.Cri) Rotate(container);
        if (random.Chance(options.RestartChance)) Restart(container);
        if (random.Chance(CleaningChance)) Clean(container);
        if (random.Chance(options.NewPodChance)) AddLatePod();
        if (options.LossAllowed && random.Chance(options.PodDeletionChance)) ReplacePod(container);
        AdvanceGzips();
    }

    /// <summary>What happens while the others have written enough: what was posted is done, and containers apart write.</summary>
    public void Linger() => TakeTurn(LingerChance);

    /// <summary>Steps until this many more bytes are written.</summary>
    public void Write(long bytes)
    {
        for (long target = Stats.Bytes + bytes; Stats.Bytes < target;) Step();
    }

    /// <summary>
    /// Rotates by all the rules: maybe within a split line; half of the time the runtime reopens at once, else after the
    /// container's next lines; maybe it is undone.
    /// </summary>
    public void Rotate(SimulatedContainer container)
    {
        if (container.IsRotating) return;
        if (container.Pace == WritingPace.Usual && random.Chance(options.SplitRotationChance)) container.BeginSplitMessage();
        container.BeginRotation();
        if (random.Chance(0.5)) EndRotation(container);
    }

    /// <summary>Restarts a container, sometimes within a split line.</summary>
    public void Restart(SimulatedContainer container)
    {
        bool cut = options.CutRecords && random.Chance(0.3);
        if (cut) container.BeginSplitMessage();
        container.Restart(cut);
    }

    /// <summary>Ends every record, rotation and compression that is begun.</summary>
    public void Finish()
    {
        foreach (SimulatedContainer container in containers.Concat(apart).Where(c => c.IsRotating)) container.Reopen();
        FinishPending();

        while (containers.Concat(apart).Any(c => c.IsCompressing)) AdvanceGzips();
    }

    /// <summary>Ends every record that is begun.</summary>
    public void FinishPending()
    {
        foreach (SimulatedContainer container in containers.Concat(apart)) container.FinishPending();
    }

    public void Dispose()
    {
        foreach (SimulatedContainer container in containers.Concat(apart)) container.Dispose();
    }

    private void TakeTurn(double apartChance)
    {
        while (posted.TryDequeue(out Action<NodeSimulator>? action)) action(this);
        if (options.Time is { } time) clock.CatchUp(time.GetUtcNow());
        if (apart.Count > 0 && random.Chance(apartChance)) Visit(apart[random.Below(apart.Count)]);
    }

    // While its pod changes, the end of its log is the end of a record at every moment.
    private void Visit(SimulatedContainer container)
    {
        if (container.Pace == WritingPace.Silent) return;
        int count = random.Between(1, ApartLines);
        if (container.Pace == WritingPace.Whole) container.WriteWhole(count);
        else container.Write(count);
        if (container.IsRotating) EndRotation(container);
        else if (random.Chance(ApartRotationChance)) Rotate(container);
        if (random.Chance(ApartRestartChance)) Restart(container);
        if (random.Chance(CleaningChance)) Clean(container);
    }

    private void EndRotation(SimulatedContainer container)
    {
        if (random.Chance(options.UndoChance)) container.UndoRotation();
        else container.Reopen();
    }

    private void AdvanceGzips()
    {
        foreach (SimulatedContainer container in containers.Concat(apart).Where(c => c.IsCompressing)) container.AdvanceGzip(GzipSlice);
    }

    // Some containers write far more than others: the lowest of three draws.
    private SimulatedContainer Busy() =>
        containers[Math.Min(random.Below(containers.Count), Math.Min(random.Below(containers.Count), random.Below(containers.Count)))];

    private void Clean(SimulatedContainer container)
    {
        container.RemoveStaleLink();
        if (options.LossAllowed) container.DeleteDeadRuns();
    }

    private void AddPod(int index)
    {
        (string space, string pod, string uid) = names.Next();
        int from = options.Containers * index / options.Pods, to = options.Containers * (index + 1) / options.Pods;
        for (int c = 0; c < Math.Max(1, to - from); c++)
        {
            LedgerWriter writer = Ledger.Add(new ContainerIdentity(space, pod, uid, PodNames.Container(c)));
            containers.Add(new SimulatedContainer(Tree, options, Stats, writer, clock, random.Fork(), Reports));
        }
    }

    private void AddLatePod()
    {
        AddPod(random.Below(options.Pods));
        Stats.NewPods++;
    }

    private void ReplacePod(SimulatedContainer member)
    {
        string directory = Path.Combine(Tree.Pods, member.Identity.PodDirectory);
        foreach (SimulatedContainer container in containers.Where(c => c.Identity.Uid == member.Identity.Uid).ToList())
        {
            container.Delete();
            containers.Remove(container);
        }

        Directory.Delete(directory);
        Reports?.Deleted(member.Identity);
        Stats.DeletedPods++;
        AddLatePod();
    }
}
