using System.Globalization;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Everything that renames, copies, truncates and deletes logs, be it kubelet, logrotate, a library or a person.</summary>
internal sealed class Rotators(NodeWorld world, Writers writers)
{
    /// <summary>Renames the live file; the writer goes on into it.</summary>
    public bool Rename(LogTarget target, string form)
    {
        if (world.Tree.Find(target.LivePath) is null)
        {
            return false;
        }

        var path = MakePlace(target, form);
        if (world.Tree.Find(path + ".gz") is { } twin)
        {
            // Of two files with one stamp none is the older by its name.
            world.Ledger.Of(twin).LoseOrder();
            world.Ledger.Of(world.Tree.Find(target.LivePath)!).LoseOrder();
        }

        world.Rename(target.LivePath, path);
        target.Rotated.Add(path);
        return true;
    }

    /// <summary>The writer closes its file; the next line, or <paramref name="creates"/>, makes the live one.</summary>
    public void Reopen(LogTarget target, bool creates)
    {
        writers.EndLine(target);
        target.Writer = null;
        if (creates)
        {
            writers.Open(target);
        }
    }

    public void Copy(LogTarget target, string form)
    {
        writers.End(target);
        if (world.Tree.Find(target.LivePath) is not null)
        {
            var path = MakePlace(target, form);
            CopyTo(target.LivePath, path);
            target.Rotated.Add(path);
        }
    }

    /// <summary>A person's copy, which no rotator knows.</summary>
    public void Backup(LogTarget target, string form)
    {
        writers.End(target);
        if (world.Tree.Find(target.LivePath) is not null)
        {
            CopyTo(target.LivePath, form == "bak" || target.IsContainer ? $"{target.LivePath}.bak" : $"{target.Directory}/copy{target.Rotations++}-of-{target.LiveName}");
        }
    }

    public void Truncate(LogTarget target)
    {
        writers.End(target);
        if (world.Tree.Find(target.LivePath) is { } inode)
        {
            world.Tree.Truncate(inode, 0);
            world.Ledger.Cut(inode, 0);
        }
    }

    /// <summary>Shorter, and not empty: a <c>file</c> source reads what is left once more (S-35).</summary>
    public void Shrink(LogTarget target)
    {
        writers.End(target);
        if (target.Kind == TargetKind.File && world.Tree.Find(target.LivePath) is { } inode && world.Ledger.Of(inode) is { Count: > 1 } content)
        {
            var length = content.EndBefore(1);
            world.Tree.Truncate(inode, length);
            world.Ledger.Cut(inode, length);
            world.Ledger.Losses.MayBeCountedWithRest(content);
            foreach (var record in content.Records)
            {
                record.MoreAllowed++;
            }
        }
    }

    /// <summary>The last lines of a container's log were not on the disk when the power failed (S-113).</summary>
    public void LoseTail(LogTarget target, int records)
    {
        writers.End(target);
        if (target.Kind == TargetKind.Cri && world.Tree.Find(target.LivePath) is { } inode && world.Ledger.Of(inode) is { Count: > 0 } content)
        {
            var length = content.EndBefore(Math.Min(records, content.Count - 1));
            if (length < inode.Length)
            {
                world.Tree.Truncate(inode, length);
                world.Ledger.Cut(inode, length);
            }
        }
    }

    public void DeleteOldest(LogTarget target)
    {
        if (target.Rotated.Count > 0)
        {
            writers.End(target);
            var path = target.Rotated[0];
            target.Rotated.RemoveAt(0);
            world.Unlink(path);
        }
    }

    public void DeleteLive(LogTarget target)
    {
        writers.End(target);
        world.Unlink(target.LivePath);
        target.Writer = null;
    }

    /// <summary><c>sed -i</c>, an editor, <c>rename</c> over: the same text, another inode, the live name.</summary>
    public void Replace(LogTarget target)
    {
        writers.End(target);
        if (world.Tree.Find(target.LivePath) is { } inode)
        {
            var temporary = $"{target.Directory}/.replacing";
            var other = world.Tree.Create(temporary);
            world.Tree.Append(other, inode.Bytes);
            world.Ledger.Copies.WrittenAgain(inode, other);
            world.Rename(temporary, target.LivePath);
            target.Writer = null;
        }
    }

    /// <summary>A second name for the live file.</summary>
    public void Link(LogTarget target)
    {
        var path = $"{target.Directory}/link{target.Rotations++}-of-{target.LiveName}";
        if (target.Kind == TargetKind.File && world.Tree.Find(target.LivePath) is not null)
        {
            world.Tree.Link(target.LivePath, path);
        }
    }

    /// <summary>The rename is taken back (S-112): to the name that the file had, which is not that of a container's next life.</summary>
    public void Undo(LogTarget target)
    {
        if (target.Rotated is [.., var last] && target.Kind is TargetKind.Cri or TargetKind.Docker && !last.StartsWith(target.LivePath, StringComparison.Ordinal))
        {
            return;
        }

        if (target.Rotated is [.., var path] && world.Tree.Find(target.LivePath) is null && world.Tree.Find(path) is not null && !path.EndsWith(".gz", StringComparison.Ordinal))
        {
            world.Rename(path, target.LivePath);
            target.Rotated.Remove(path);
        }
    }

    private void CopyTo(string from, string to)
    {
        world.Tree.MakeDirectories(Path.GetDirectoryName(to)!);
        world.Unlink(to);
        var (inode, copy) = (world.Tree.Find(from)!, world.Tree.Create(to));
        world.Tree.Append(copy, inode.Bytes);
        world.Ledger.Copies.Copied(inode, copy);
    }

    /// <summary>The next name; with numbers, everything moves up by one.</summary>
    private string MakePlace(LogTarget target, string form)
    {
        form = target.IsContainer ? target.Form ??= form : form;
        var first = RotatedNames.Next(target, form, world.Clock.GetUtcNow());
        if (form == "number")
        {
            for (var number = target.Rotations; number > 0; number--)
            {
                MoveUp(target, number, "");
                MoveUp(target, number, ".gz");
            }
        }

        return first;
    }

    private void MoveUp(LogTarget target, int number, string ending)
    {
        string Name(int n) => string.Create(CultureInfo.InvariantCulture, $"{target.LivePath}.{n}{ending}");
        if (world.Tree.Find(Name(number)) is { Kind: InodeKind.Regular })
        {
            var i = target.Rotated.IndexOf(Name(number));
            world.Rename(Name(number), Name(number + 1));
            if (i >= 0)
            {
                target.Rotated[i] = Name(number + 1);
            }
        }
    }
}
