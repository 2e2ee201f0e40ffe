using Collector.Simulation.Oracle;

namespace Collector.Simulation.World;

/// <summary>What people change at pods: labels and annotations; and when an output has taken it up.</summary>
internal sealed class Pods(NodeWorld world)
{
    /// <summary>A poll, and the next.</summary>
    private static readonly TimeSpan TakenUp = TimeSpan.FromSeconds(2);

    private const int Outputs = 2;

    /// <summary>Whether a change of what is wanted may not have been taken up yet.</summary>
    public bool IsUnsettled(LogTarget target, int output) => world.Ledger.IsUp && HasChangedLately(target, output);

    /// <summary>Within the time that the collector needs to take it up.</summary>
    public bool HasChangedLately(LogTarget target, int output) =>
        target.HasChanged[output] && world.Ledger.Uptime - target.ChangedAt[output] < TakenUp;

    /// <summary>Makes a change, and books what that means for records that are there.</summary>
    public void Change(LogTarget target, Action change)
    {
        bool[] before = [world.Wants(target, 0), world.Wants(target, 1)];
        change();
        for (var output = 0; output < Outputs; output++)
        {
            var wants = world.Wants(target, output);
            if (wants == before[output])
            {
                continue;
            }

            if (wants)
            {
                Return(target, output);
            }
            else
            {
                Leave(target, output);
            }

            target.HasChanged[output] = true;
            target.ChangedAt[output] = world.Ledger.Uptime;
        }
    }

    /// <summary>A life of the collector begins: a plain log without its live name it does not find.</summary>
    public void LifeBegins()
    {
        foreach (var target in world.Targets.Values.Where(t => t.Kind == TargetKind.Plain && world.Tree.Find(t.LivePath) is null))
        {
            target.FoundSince = null;
        }
    }

    /// <summary>The collector's life has ended: what it had not taken up yet it takes up otherwise, or never.</summary>
    public void LifeEnded()
    {
        foreach (var target in world.Targets.Values)
        {
            target.FoundSince = target.FoundSince is null ? null : world.Ledger.Uptime;
            for (var output = 0; output < Outputs; output++)
            {
                if (target.HasChanged[output] && world.Wants(target, output) && world.Ledger.Uptime - target.ChangedAt[output] < TakenUp)
                {
                    Doubt(target, output);
                }
            }
        }
    }

    /// <summary>What is not surely read yet is the output's or not, as it comes.</summary>
    private void Leave(LogTarget target, int output)
    {
        // Of what nobody is to have, nothing is lost.
        world.Ledger.Losses.MustBeCounted.RemoveAll(r => r.Target == target.Name);
        foreach (var content in world.Ledger.Contents)
        {
            foreach (var record in content.Records.Where(r => r.Target == target.Name && !world.Ledger.Reading.IsRead(content, r)))
            {
                record.Claims[output] = record.Claims[output] == Claim.Skipped ? Claim.Skipped : Claim.Maybe;
                if (record.IsSpread)
                {
                    // Its beginning is passed over with its file, and the file with its end may be new to the output.
                    world.Ledger.MayBeInPieces(record);
                }
            }
        }
    }

    /// <summary>What is there now is skipped by a collector that is up and has seen the exclusion; any other cannot know of it.</summary>
    private void Return(LogTarget target, int output)
    {
        // A plain log is found by its live name, and excluded as one that was found.
        var isHidden = target.Kind == TargetKind.Plain && world.Tree.Find(target.LivePath) is null;
        if (!world.Ledger.IsUp || isHidden || IsUnsettled(target, output) || target.FoundSince is not { } found || world.Ledger.Uptime - found < Reading.Enough)
        {
            Doubt(target, output);
        }

        // Unread ones of before may have been skipped with the rest.
        Leave(target, output);
    }

    private void Doubt(LogTarget target, int output)
    {
        foreach (var record in world.Ledger.Records.Where(r => r.Target == target.Name && r.Claims[output] == Claim.Skipped))
        {
            record.Claims[output] = Claim.Maybe;
        }
    }
}
