using Collector.Pipeline.Diagnostics;
using Collector.Simulation.Agent;
using Collector.Simulation.World;
using Collector.Testing.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Simulation.Oracle;

/// <summary>
/// Compares, at the end of a run, what the stores have with what was written. Texts are counted, so that equal lines are
/// judged by their number; unique ones also by their order and their prefix.
/// </summary>
internal sealed class Judge(NodeWorld world, CollectorLives lives)
{
    private readonly List<Finding> _findings = [];
    private readonly HashSet<WrittenRecord> _reachable = [];

    public List<Finding> Run()
    {
        world.Ledger.Copies.DecideAll();
        FindReachable();
        for (var output = 0; output < world.Settings.Outputs; output++)
        {
            var stored = StoredRecords.Of(lives.Stores[output], _findings);
            var judged = new OutputJudgement(world.Ledger, output, world.Settings.KeyPrefix == KeyPrefixes.Dated, stored, _reachable, _findings);
            judged.Run();
            if (world.Settings.HasCatalog)
            {
                new CatalogJudgement(lives.Stores[output], $"output{output}", _findings).Run();
            }

            foreach (var key in lives.Stores[output].Changed)
            {
                Find(FailureKind.Damaged, $"{key} came again with other bytes");
            }

            if (output == 0)
            {
                CheckCounts(judged);
            }
        }

        return _findings;
    }

    private void Find(FailureKind kind, string message) => _findings.Add(new Finding(kind, message));

    /// <summary>What the node holds under a name that is taken, or whose content is known to the collector.</summary>
    private void FindReachable()
    {
        foreach (var content in world.Ledger.Contents)
        {
            if (world.PathOf(content.Inode) is not null && (content.IsProven || world.ClaimOf(content.Inode) >= NameClaim.Taken))
            {
                _reachable.UnionWith(content.Records);
            }
        }
    }

    private void CheckCounts(OutputJudgement judged)
    {
        var (bytes, files) = (lives.Counted.Sum(c => c.AllBytesLost), lives.Counted.Sum(c => c.AllFilesLost));
        var counted = string.Join(", ", lives.Counted.SelectMany(c => c.BytesLost.Concat(c.FilesLost)).Where(p => p.Value > 0).Select(p => $"{p.Key} {p.Value}"));
        var losses = world.Ledger.Losses;
        var asked = lives.Counted.Sum(c => c.FilesLost.GetValueOrDefault(nameof(FilesLostReason.MayHaveGrown)));
        var isMore = bytes > losses.UnsureBytes || files - Math.Min(asked, losses.WentWhileDown) > losses.UnsureFiles + losses.UnreadableFiles;
        if (isMore && !world.Ledger.HasDamage && !_findings.Exists(f => f.Kind == FailureKind.Lost))
        {
            Find(FailureKind.Miscounted, $"at most {losses.UnsureBytes} bytes and {losses.UnsureFiles + losses.UnreadableFiles} files are missing, and counted as lost are {counted}");
        }

        var uncounted = losses.MustBeCounted.FindAll(r => r.Claims[0] == Claim.Wanted && r.MoreAllowed == 0 && judged.CountOf(r.Text) == 0);
        if (uncounted.Count > 0 && bytes + files == 0)
        {
            Find(FailureKind.Miscounted, $"{uncounted.Count} records of a known file were deleted unread while nobody collected, and nothing is counted: {uncounted[0].Text}");
        }

        if (files == 0 && losses.MustBeTold.Find(p => IsCollected(p.Path, p.Target) && p.Records.All(r => judged.CountOf(r.Text) == 0)) is { Path: { } unread })
        {
            Find(FailureKind.Miscounted, $"{unread} is compressed in a form that is not read, nothing of it was stored, and no file is counted");
        }

        var dropped = lives.Counted.Sum(c => c.Dropped);

        // Disks that fail park things; any other exception is a fault of the code, whatever came of it.
        if (lives.Log.Unexpected.FirstOrDefault() is { } unexpected)
        {
            Find(FailureKind.Crashed, unexpected);
        }

        // That the process dies is no trouble of a file's or an object's; what the sources still have is not lost.
        var told = lives.Log.Lines.Find(l => l.Level >= LogLevel.Error && !l.Message.Contains("parked", StringComparison.Ordinal) && !l.Message.Contains(nameof(SimulatedCrashException), StringComparison.Ordinal) &&
            !l.Message.Contains("are read from the sources again", StringComparison.Ordinal));
        if (told.Message is not null && bytes + files + dropped == 0)
        {
            Find(FailureKind.ToldNotCounted, told.Message);
        }
    }

    /// <summary>A form of another file is looked for where that other one is, and its pod is there, and wanted.</summary>
    private bool IsCollected(string path, string log)
    {
        var target = world.Targets[log];
        return world.Tree.Find(path) is not null && !target.IsDeleted && world.Wants(target, 0) && (target.Kind is TargetKind.Cri or TargetKind.Docker || world.Tree.Find(target.LivePath) is not null);
    }
}
