using Collector.Simulation.Agent;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Containers that start again and pods that go; and the disk that a directory is moved to.</summary>
internal sealed class Kubelet(NodeWorld world, Writers writers)
{
    private ulong _disks = 0x900;

    /// <summary>The container starts again: <c>n+1.log</c> and another link.</summary>
    public void Restart(LogTarget target)
    {
        if (target.Writer is not null)
        {
            StartAgain(target);
        }
    }

    /// <summary>… also when nobody has its log open: after a power failure nothing is appended to what was there.</summary>
    public void StartAgain(LogTarget target)
    {
        if (target.Kind is not (TargetKind.Cri or TargetKind.Docker) || target.IsDeleted)
        {
            return;
        }

        writers.End(target);
        world.Tree.Unlink(target.LinkPath);
        if (world.Tree.Find(target.LivePath) is not null)
        {
            target.Rotated.Add(target.LivePath);
        }

        target.Restart++;
        target.StartedAgainAt = world.Ledger.Uptime;
        target.Writer = null;
        writers.Open(target);
    }

    /// <summary>The pod is deleted with its logs, read or not.</summary>
    public void Delete(LogTarget target)
    {
        if (target.IsDeleted || target.Kind == TargetKind.File || target.Kind == TargetKind.Plain)
        {
            return;
        }

        writers.End(target);
        target.IsDeleted = true;
        target.Writer = null;
        var directories = new List<string> { target.PodDirectory };
        directories.AddRange(world.Tree.Files(NodePaths.Docker).Where(f => world.Ledger.Find(f.Inode)?.Records.Any(r => r.Target == target.Name) == true).Select(f => f.Path)
            .Append(target.LivePath).Select(p => Path.GetDirectoryName(p)!).Where(d => d.StartsWith(NodePaths.Docker, StringComparison.Ordinal)));
        foreach (var directory in directories.Distinct(StringComparer.Ordinal).Where(d => world.Tree.Find(d) is not null))
        {
            var files = world.Tree.Files(directory).Select(f => f.Inode).Distinct().ToList();
            world.Tree.RemoveTree(directory);
            files.ForEach(world.Ledger.Unlinked);
        }

        world.Tree.Unlink(target.LinkPath);
    }

    /// <summary><c>cp -a</c> of the files' directory to another disk, which is mounted in its place while nobody collects (S-128).</summary>
    public void MoveToAnotherDisk()
    {
        if (world.Ledger.IsUp)
        {
            return;
        }

        var targets = world.Targets.Values.Where(t => t.Kind == TargetKind.File).ToList();
        targets.ForEach(writers.End);
        var live = targets.Select(t => t.LivePath).ToHashSet(StringComparer.Ordinal);
        var files = world.Tree.Files(NodePaths.Files).ToList();
        var claims = files.ToDictionary(f => f.Path, f => world.ClaimOf(f.Inode), StringComparer.Ordinal);
        world.Tree.RemoveTree(NodePaths.Files);
        world.Tree.MakeDirectories(NodePaths.Files, ++_disks);
        var liveNames = targets.Select(t => t.LiveName).ToHashSet(StringComparer.Ordinal);
        var copies = new Dictionary<SimulatedInode, string>();

        // Of a file with several names the live one counts.
        foreach (var (path, inode) in files.OrderByDescending(f => live.Contains(f.Path)))
        {
            world.Tree.MakeDirectories(Path.GetDirectoryName(path)!);
            if (copies.TryGetValue(inode, out var first))
            {
                world.Tree.Link(first, path);
                continue;
            }

            copies.Add(inode, path);
            var copy = world.Tree.Create(path);
            world.Tree.Append(copy, inode.Bytes);
            if (live.Contains(path))
            {
                world.Ledger.Copies.WrittenAgain(inode, copy);
            }
            else
            {
                world.Ledger.Copies.Became(inode, copy, isLikeLive: claims[path] == NameClaim.Own || (claims[path] == NameClaim.Taken && liveNames.Contains(Path.GetFileName(path))));
            }
        }

        copies.Keys.ToList().ForEach(world.Ledger.Unlinked);
        targets.ForEach(t => t.Writer = null);
    }
}
