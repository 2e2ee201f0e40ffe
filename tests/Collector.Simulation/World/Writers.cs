using System.Globalization;
using System.Text;
using Collector.Simulation.Oracle;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Applications and runtimes: whole lines, begun lines, partial ones, banners, equal lines, floods.</summary>
internal sealed class Writers(NodeWorld world)
{
    private const string Stdout = "stdout";
    private const int LongestPadding = 60;
    private const int LongLine = 6_000;
    private const int FloodLines = 3_000;
    private const int FloodPadding = 90;
    private const int HeaderLines = 16;

    public void Write(LogTarget target, int lines, string stream = Stdout)
    {
        for (var i = 0; i < lines; i++)
        {
            Line(target, Unique(target, world.Random.Next(LongestPadding)), stream, isUnique: true);
        }
    }

    public void Flood(LogTarget target)
    {
        for (var i = 0; i < FloodLines; i++)
        {
            Line(target, Unique(target, FloodPadding), Stdout, isUnique: true);
        }
    }

    public void Long(LogTarget target) => Line(target, Unique(target, LongLine), Stdout, isUnique: true);

    /// <summary>What other logs begin with, too.</summary>
    public void Banner(LogTarget target, string which)
    {
        foreach (var text in BannerOf(which))
        {
            Line(target, text, Stdout, isUnique: false);
        }
    }

    /// <summary>A job that writes the same lines whenever it runs, each time to a file of its own beside the live one.</summary>
    /// <param name="target">Whose directory.</param>
    /// <param name="number">Which form its name has.</param>
    /// <param name="which">The banner that it writes.</param>
    public void Job(LogTarget target, int number, string which)
    {
        if (target.Kind != TargetKind.File)
        {
            return;
        }

        var run = target.Rotations++;
        var path = $"{target.Directory}/" + number switch { 0 => $"job-{run}.log", 1 => $"{run}-nightly.log", _ => $"{target.Name}job.{run}.log" };
        if (world.Tree.Find(path) is not null)
        {
            return;
        }

        world.Tree.MakeDirectories(target.Directory);
        var inode = world.Tree.Create(path);
        foreach (var text in BannerOf(which))
        {
            Book(target, text, Stdout, isUnique: false, [], [Put(target, inode, Format(target, text, Stdout, "F"))]);
        }

        target.Rotated.Add(path);
    }

    private static IEnumerable<string> BannerOf(string which) => which switch
    {
        "equal" => ["same"],
        "short" => ["=== service started, version 1.2.3, listening on 0.0.0.0:8080 ==="],
        _ => Enumerable.Range(0, HeaderLines).Select(i => $"# line {i} of a header that every file of this service begins with, as long as it is dull"),
    };

    /// <summary>The first half of a line.</summary>
    public void Begin(LogTarget target)
    {
        End(target);
        if (Open(target) is { } inode)
        {
            var text = Unique(target, LongestPadding);
            var line = Format(target, text, Stdout, "F");
            var half = line.Length - (text.Length / 2);
            target.Begun = new BegunLine(inode, inode.Length, line[half..], text, world.WallClockEpoch);
            world.Tree.Append(inode, line.AsSpan(0, half));
            world.Ledger.Copies.GoesOn(inode);
        }
    }

    /// <summary>A <c>P</c> line.</summary>
    public void Partial(LogTarget target, string stream)
    {
        if (target.Kind is not (TargetKind.Cri or TargetKind.Plain))
        {
            return;
        }

        EndLine(target);
        if (Open(target) is { } inode)
        {
            var run = target.Runs.GetValueOrDefault(stream) ?? (target.Runs[stream] = new OpenRun());
            var text = Unique(target, world.Random.Next(LongestPadding));
            run.Texts.Add(text);
            run.Claims.Add([ClaimOf(target, 0), ClaimOf(target, 1)]);
            run.Parts.Add(Put(target, inode, Format(target, text, stream, "P")));
        }
    }

    /// <summary>Ends what is begun, lines and runs.</summary>
    public void End(LogTarget target)
    {
        EndLine(target);
        foreach (var stream in target.Runs.Keys.ToList())
        {
            Line(target, Unique(target, 1), stream, isUnique: true);
        }
    }

    public void EndLine(LogTarget target)
    {
        if (target.Begun is { } begun)
        {
            target.Begun = null;
            world.Tree.Append(begun.Inode, begun.Rest);

            // Whoever holds a deleted file cannot know that it is still written to.
            var isHalfEnough = begun.Inode.Links == 0;
            Book(target, begun.Text, Stdout, isUnique: true, [], [new RecordPart(begun.Inode, begun.From, begun.Inode.Length)], isHalfEnough, begun.Epoch);
        }
    }

    /// <summary>The file that the writer has open; opened, and made, when there is none.</summary>
    public SimulatedInode? Open(LogTarget target)
    {
        if (target.IsDeleted)
        {
            return null;
        }

        if (target.Writer is null)
        {
            world.Tree.MakeDirectories(target.Directory);
            target.Writer = world.Tree.Find(target.LivePath) ?? world.Tree.Create(target.LivePath);
            LinkTo(target);
            target.FoundSince ??= world.Ledger.Uptime;
        }

        return target.Writer;
    }

    private void LinkTo(LogTarget target)
    {
        if (target.Kind == TargetKind.Docker)
        {
            world.Tree.MakeDirectories(target.PodDirectory);
            world.Tree.LinkTo($"{target.PodDirectory}/{target.Restart}.log", target.LivePath);
        }

        if (target.Kind is TargetKind.Cri or TargetKind.Docker && world.Tree.Find(target.LinkPath) is null)
        {
            world.Tree.LinkTo(target.LinkPath, $"{target.PodDirectory}/{target.Restart}.log");
        }
    }

    private static string Unique(LogTarget target, int padding) => $"{target.Name}#{target.NextSequence++} {new string('x', padding)}" + (padding > 255 ? $" {target.NextSequence}" : "");

    private void Line(LogTarget target, string text, string stream, bool isUnique)
    {
        EndLine(target);
        if (Open(target) is not { } inode)
        {
            return;
        }

        var part = Put(target, inode, Format(target, text, stream, "F"));
        if (target.Runs.Remove(stream, out var run))
        {
            Claim[] now = [ClaimOf(target, 0), ClaimOf(target, 1)];
            Book(target, string.Concat(run.Texts) + text, stream, isUnique, [.. run.Texts, text], [.. run.Parts, part], run.Claims.Exists(c => c.Contains(Claim.Maybe) || !c.SequenceEqual(now)));
        }
        else
        {
            Book(target, text, stream, isUnique, [], [part]);
        }
    }

    private RecordPart Put(LogTarget target, SimulatedInode inode, byte[] line)
    {
        var from = inode.Length;
        world.Tree.Append(inode, line);
        world.Ledger.Copies.GoesOn(inode);
        return new RecordPart(inode, from, inode.Length);
    }

    private void Book(LogTarget target, string text, string stream, bool isUnique, IReadOnlyList<string> pieces, IReadOnlyList<RecordPart> parts, bool isTorn = false, int? begunIn = null)
    {
        var inode = parts[^1].Inode;
        var isLate = world.Tree.Find(target.LivePath) is { Length: > 0 } live && live != inode;
        var epoch = target.Kind == TargetKind.Cri ? begunIn ?? world.WallClockEpoch : 0;
        var isOverClocks = epoch > 0 && parts.Any(p => p.Inode != inode);
        var isTurned = isTorn || isOverClocks;
        var isUnsure = isTurned || IsHidden(target, inode);

        if (isOverClocks)
        {
            // A file of before the clock went back may be read between the lines of the run, and end it.
            foreach (var record in world.Ledger.Records.Where(r => r.Target == target.Name && r.Stream == stream))
            {
                world.Ledger.MayBeInPieces(record);
            }
        }

        // A file that was begun before the clock went back has a first line that is younger than those of files begun since.
        var spansClocks = world.Ledger.Of(inode).Records.Any(r => r.Epoch < epoch);
        world.Ledger.Wrote(
            new WrittenRecord(target.Name, text, stream, isUnique)
            {
                MayBeInPieces = isTurned,
                Epoch = epoch,
                Group = !isUnique || isLate || spansClocks ? "" : target.IsContainer ? $"{target.Name} {stream} {epoch}" : $"{target.Name} {world.Ledger.Of(inode).Name}",
                Sequence = target.NextSequence++,
                Pieces = pieces,
                Claims = isUnsure ? [Claim.Maybe, Claim.Maybe] : [ClaimOf(target, 0), ClaimOf(target, 1)],
            },
            parts);
        if (isOverClocks)
        {
            // The beginning of the run may be read with the next record of the stream.
            world.Ledger.Tear(target.Name, stream);
        }
    }

    /// <summary>What changed a moment ago may be taken up before or after this line is read.</summary>
    private Claim ClaimOf(LogTarget target, int output) =>
        output >= world.Settings.Outputs || world.Pods.IsUnsettled(target, output) ? Claim.Maybe
        : world.Wants(target, output) ? Claim.Wanted
        : Claim.Skipped;

    /// <summary>A plain log is found by its live name. One that was excluded as long as it had that is not known by anything else.</summary>
    private bool IsHidden(LogTarget target, SimulatedInode inode) =>
        target.Kind == TargetKind.Plain && target.HasChanged.Contains(true) && world.Tree.Find(target.LivePath) is null && !world.Ledger.Reading.IsProven(world.Ledger.Of(inode));

    private byte[] Format(LogTarget target, string text, string stream, string tag)
    {
        // Runtimes write nanoseconds: two digits behind those of a tick.
        var time = (world.Clock.GetUtcNow() + TimeSpan.FromTicks(target.Lines++)).UtcDateTime.ToString("O", CultureInfo.InvariantCulture).AsSpan(..^1);
        return Encoding.UTF8.GetBytes(target.Kind switch
        {
            TargetKind.File => $"{text}\n",
            TargetKind.Docker => $$"""{"log":"{{text}}\n","stream":"{{stream}}","time":"{{time}}00Z"}""" + "\n",
            _ => $"{time}00Z {stream} {tag} {text}\n",
        });
    }
}
