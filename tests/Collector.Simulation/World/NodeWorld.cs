using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;
using Collector.Testing.Time;

namespace Collector.Simulation.World;

/// <summary>The simulated node: its files, who writes them, and the oracle's book of them. The same seed makes the same node.</summary>
internal sealed class NodeWorld
{
    /// <summary>In which an earlier life of a Docker container has surely ended.</summary>
    private static readonly TimeSpan EarlierLife = TimeSpan.FromSeconds(90);

    /// <summary>How many logs of each sort there are; <c>f0</c>, <c>c0</c> and so on.</summary>
    public const int FileCount = 3;

    private static readonly TargetKind[] s_containers = [TargetKind.Cri, TargetKind.Cri, TargetKind.Docker, TargetKind.Plain];

    private readonly Dictionary<SimulatedInode, string> _paths = [];
    private readonly TakenNames _names;
    /// <summary>A deleted file was what its last name said.</summary>
    private readonly Dictionary<SimulatedInode, string> _lastPaths = [];
    private int _pathsAt = -1;

    public NodeWorld(int seed, bool hasBirthTimes)
    {
        Random = new Random(seed);
        Tree = new SimulatedTree(Clock) { TellsBirthTimes = hasBirthTimes };
        Pods = new Pods(this);
        foreach (var path in (string[])[NodePaths.Pods, NodePaths.Containers, NodePaths.Docker, NodePaths.Files])
        {
            Tree.MakeDirectories(path);
        }

        Ledger.IsContainers = record => Targets[record.Target].IsContainer;
        Ledger.ClaimsAgain = record => [.. record.Claims.Select((claim, output) => Targets[record.Target].HasChanged[output] ? Claim.Maybe : claim)];
        Ledger.IsChanging = record => Enumerable.Range(0, Settings.Outputs).Any(output => Pods.HasChangedLately(Targets[record.Target], output));
        Ledger.LogOf = LogOf;
        Ledger.Epoch = () => WallClockEpoch;
        Ledger.FileTime = () => hasBirthTimes ? Tree.FileTime : long.MaxValue;
        _names = new TakenNames(this);
        Ledger.ClaimOf = ClaimOf;
        Ledger.DirectoryOf = inode => Path.GetDirectoryName(PathOf(inode) ?? _lastPaths.GetValueOrDefault(inode));
        for (var i = 0; i < FileCount; i++)
        {
            Add(new LogTarget($"f{i}", TargetKind.File));
        }

        for (var i = 0; i < s_containers.Length; i++)
        {
            Add(new LogTarget($"c{i}", s_containers[i]));
        }
    }

    public static TargetKind KindOfContainer(int index) => s_containers[index];

    public static int ContainerCount => s_containers.Length;

    public Random Random { get; }

    public ManualClock Clock { get; } = new();

    /// <summary>How often the wall clock has been set back.</summary>
    public int WallClockEpoch { get; private set; }

    public SimulatedTree Tree { get; }

    public Ledger Ledger { get; } = new();

    public Pods Pods { get; }

    public SortedDictionary<string, LogTarget> Targets { get; } = new(StringComparer.Ordinal);

    /// <summary>As the agent has it that runs, or ran last.</summary>
    public AgentSettings Settings { get; set; } = new();

    /// <summary>A name of an inode; null when it has none.</summary>
    public string? PathOf(SimulatedInode inode)
    {
        if (_pathsAt != Tree.Changes)
        {
            _paths.Clear();
            foreach (var (path, file) in Tree.Files("/var/log").Concat(Tree.Files(NodePaths.Docker)))
            {
                // Of several names the one that is taken counts.
                if (!_paths.TryGetValue(file, out var other) || _names.Of(other) < _names.Of(path))
                {
                    _lastPaths[file] = _paths[file] = path;
                }
            }

            _pathsAt = Tree.Changes;
        }

        return _paths.GetValueOrDefault(inode);
    }

    /// <summary>Whether its name alone makes a file one to be read.</summary>
    public NameClaim ClaimOf(SimulatedInode inode) => (PathOf(inode) ?? _lastPaths.GetValueOrDefault(inode)) is { } path ? _names.Of(path) : NameClaim.Nobodys;

    public PodFacts FactsOf(string pod)
    {
        var target = Targets.Values.First(t => t.IsContainer && t.Pod == pod);
        return new PodFacts(target.Label, target.IsWanted, target.IsExcluded);
    }

    public bool Wants(LogTarget target, int output) =>
        !target.IsContainer || (!target.IsExcluded && (output == 0 || !Settings.MatchesLabel || target.IsWanted));

    /// <summary>Every container of Docker has a directory, and a log, of its own.</summary>
    private string LogOf(Content content)
    {
        var target = Targets[content.Records.First().Target];
        return target.Kind == TargetKind.Docker ? $"{target.Name} {Path.GetDirectoryName(PathOf(content.Inode))}" : target.Name;
    }

    /// <summary>Removes a name, and books what goes with it.</summary>
    public void Unlink(string path)
    {
        if (Tree.Find(path) is { Kind: InodeKind.Regular } inode)
        {
            Ledger.Reading.LosesAName();
            Tree.Unlink(path);
            Ledger.Unlinked(inode);
        }
    }

    /// <summary>Renames; what had the new name goes.</summary>
    public void Rename(string from, string to)
    {
        Tree.MakeDirectories(Path.GetDirectoryName(to)!);
        var (inode, replaced) = (Tree.Find(from)!, Tree.Find(to));
        Ledger.Reading.LosesAName();
        Ledger.Copies.Renamed(inode, Targets.Values.Any(t => t.LivePath == to));
        Tree.Rename(from, to);
        if (Ledger.Find(inode) is { } content)
        {
            Ledger.Losses.LeftItsName(content);
            if (content.IsAbandoned && ClaimOf(inode) >= NameClaim.Taken)
            {
                // It was not taken as the collector is configured now, and so is not known any more (Following/DESIGN.md).
                content.DoubtAll();
                Ledger.Losses.MayBeCounted();
            }
        }

        if (replaced is not null && replaced != inode)
        {
            Ledger.Losses.LosesItsNameTo(replaced, to);
            Ledger.Unlinked(replaced);
        }

        foreach (var target in Targets.Values)
        {
            target.Rotated.Remove(to);
        }
    }

    /// <summary>The collector starts as it was not configured before. What an output that was not there has of what is there is not foreseen in all cases.</summary>
    public void Configured(AgentSettings settings, bool isFirst)
    {
        if (isFirst)
        {
            Settings = settings;
            return;
        }

        Ledger.Copies.DecideAll();
        var untaken = Ledger.Contents.Where(c => c.IsShared && ClaimOf(c.Inode) < NameClaim.Taken).ToList();
        Settings = settings;

        // A copy that nobody asked for may be a file of its own by its name now.
        untaken.FindAll(c => ClaimOf(c.Inode) >= NameClaim.Taken).ForEach(c => c.Doubt());
        foreach (var content in Ledger.Contents.Where(c => ClaimOf(c.Inode) < NameClaim.Taken && PathOf(c.Inode)?.StartsWith(NodePaths.Files, StringComparison.Ordinal) == true))
        {
            content.IsAbandoned = true;
            Ledger.Losses.LeftItsName(content);
            foreach (var record in content.Records.Where(r => !Ledger.Reading.IsRead(content, r)))
            {
                Array.Fill(record.Claims, Claim.Maybe);
            }
        }


        foreach (var record in Ledger.Records)
        {
            record.Claims[1] = Claim.Maybe;
        }
    }

    /// <summary>
    /// Nobody waits at a stop for the earlier life of a Docker container to be still: what the next life has written may be left
    /// for the collector's next start.
    /// </summary>
    public void KeepBehindEarlierLives(TimeSpan passed)
    {
        foreach (var target in Targets.Values.Where(t => t.Kind == TargetKind.Docker && Ledger.Uptime - passed - t.StartedAgainAt < Reading.Enough))
        {
            foreach (var record in Ledger.Records.Where(r => r.Target == target.Name && r.Since >= target.StartedAgainAt))
            {
                record.Since = Ledger.Uptime;
            }
        }
    }

    /// <summary>
    /// Docker's later life is read when the earlier one has ended, which takes a minute where that one has no live name any more.
    /// What is excluded until then may be left.
    /// </summary>
    public void DoubtBehindEarlierLife(LogTarget target)
    {
        if (target is { Kind: TargetKind.Docker, Restart: > 0 })
        {
            foreach (var record in Ledger.Records.Where(r => r.Target == target.Name && Ledger.Uptime - r.Since < EarlierLife))
            {
                Array.Fill(record.Claims, Claim.Maybe);
            }
        }
    }

    /// <summary>The first start of a source that starts at the end: what its pattern takes is passed over, what it does not take may be.</summary>
    /// <param name="outputs">Those that begin.</param>
    /// <param name="isCertain">False: an earlier start may have been the first.</param>
    public void SkipPresentFiles(IReadOnlyList<int> outputs, bool isCertain)
    {
        foreach (var content in Ledger.Contents.Where(c => outputs.Count > 0 && PathOf(c.Inode)?.StartsWith(NodePaths.Files, StringComparison.Ordinal) == true))
        {
            var claim = isCertain && ClaimOf(content.Inode) >= NameClaim.Taken ? Claim.Skipped : Claim.Maybe;
            content.PassedOver = content.PassedOver ?? claim;
            foreach (var record in content.Records)
            {
                foreach (var output in outputs)
                {
                    // An output that begins again passes over what it finds then, where nobody noted that it had begun.
                    record.Claims[output] = record.Claims[output] == Claim.Skipped && ClaimOf(content.Inode) >= NameClaim.Taken ? Claim.Skipped : claim;
                }
            }
        }
    }

    /// <summary>An exclusion is over, or an output wants the pod from now on. A file that came a moment ago was not found before that, and is read from its beginning.</summary>
    public void DoubtLatest(LogTarget target)
    {
        foreach (var record in Ledger.Records.Where(r => r.Target == target.Name && Ledger.Uptime - r.Since < Reading.Enough))
        {
            record.MayBeStored();
        }
    }

    /// <summary>Kubelet's names are stamps: to a collector that knows none of them, a step back turns their order round.</summary>
    public void StepWallClock(TimeSpan step)
    {
        Clock.StepWallClock(step);
        WallClockEpoch += step < TimeSpan.Zero ? 1 : 0;
    }

    private void Add(LogTarget target) => Targets.Add(target.Name, target);
}
