using System.Globalization;
using System.IO.Compression;
using Collector.Testing.Files;

namespace Collector.Simulation.World;

/// <summary>Everything that renames, copies, truncates, compresses and deletes logs, be it kubelet, logrotate, a library or a person.</summary>
internal sealed class Rotators(NodeWorld world, Writers writers)
{
    private const int DamageFrom = 24;
    private const int DamageTo = 2048;
    private const int DamagedBytes = 64;
    private const int GzipTrailer = 8;

    /// <summary>Magic and flags; lines in it would be stored if it were taken for text.</summary>
    private static readonly byte[] s_xz = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0, 4, .. "no text\nno text either\n"u8];

    /// <summary>Renames the live file; the writer goes on into it.</summary>
    public bool Rename(LogTarget target, string form)
    {
        if (world.Tree.Find(target.LivePath) is null)
        {
            return false;
        }

        var path = MakePlace(target, form);
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
            world.Tree.Truncate(inode, length);
            world.Ledger.Cut(inode, length);
        }
    }

    /// <summary>Compresses the oldest rotated file that is not yet; <paramref name="beside"/> happens while both are there.</summary>
    public void Gzip(LogTarget target, bool throughTemporary, Action beside)
    {
        var i = target.Rotated.FindIndex(p => IsCompressible(target, p));
        if (i < 0 || world.Tree.Find(target.Rotated[i]) is not { } inode || inode == target.Writer)
        {
            return;
        }

        var (path, packed) = (target.Rotated[i], $"{target.Rotated[i]}.gz");
        if (world.Tree.Find(packed) is not null)
        {
            world.Unlink(packed);
        }

        var to = world.Tree.Create(throughTemporary ? $"{packed}.tmp" : packed);
        using var bytes = new MemoryStream();
        if (inode.Length == 0)
        {
            // The runtime's stream writes nothing at all for nothing; gzip writes an empty member.
            bytes.Write(Convert.FromHexString("1F8B080000000000000303000000000000000000"));
        }

        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(inode.Bytes);
        }

        world.Tree.Append(to, bytes.ToArray());
        if (inode.Links > 1)
        {
            world.Ledger.Copies.Copied(inode, to);
        }
        else
        {
            world.Ledger.Copies.Became(inode, to);
        }

        beside();
        if (throughTemporary)
        {
            world.Rename($"{packed}.tmp", packed);
        }

        world.Unlink(path);
        target.Rotated[i] = packed;
    }

    /// <summary>Compresses the oldest rotated file in a form that the collector does not read: what it had unread is gone, and counted.</summary>
    public void Xz(LogTarget target)
    {
        var i = target.Rotated.FindIndex(p => IsCompressible(target, p));
        if (i < 0 || world.Tree.Find(target.Rotated[i]) is not { Links: 1 } inode || inode == target.Writer)
        {
            return;
        }

        var path = target.Rotated[i];
        world.Unlink($"{path}.xz");
        world.Tree.Append(world.Tree.Create($"{path}.xz"), s_xz);
        world.Ledger.Losses.Unreadable();
        world.Unlink(path);
        target.Rotated.RemoveAt(i);
    }

    /// <summary>64 bad bytes in the first 2 kB of a compressed file.</summary>
    public void Damage(LogTarget target)
    {
        var path = target.Rotated.Find(p => p.EndsWith(".gz", StringComparison.Ordinal));
        if (path is null || world.Tree.Find(path) is not { } inode || inode.Length < DamageFrom + GzipTrailer + 1)
        {
            return;
        }

        var from = world.Random.Next(DamageFrom, Math.Min(DamageTo, inode.Length - GzipTrailer));
        var bad = new byte[Math.Min(DamagedBytes, inode.Length - GzipTrailer - from)];
        world.Random.NextBytes(bad);
        world.Tree.Write(inode, from, bad);
        world.Ledger.Damaged(inode);
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

    /// <summary>The rename is taken back (S-112).</summary>
    public void Undo(LogTarget target)
    {
        if (target.Rotated is [.., var path] && world.Tree.Find(target.LivePath) is null && world.Tree.Find(path) is not null && !path.EndsWith(".gz", StringComparison.Ordinal))
        {
            world.Rename(path, target.LivePath);
            target.Rotated.Remove(path);
        }
    }

    /// <summary>Kubelet compresses what it rotated, never the last log of a container that ended.</summary>
    private bool IsCompressible(LogTarget target, string path) =>
        !path.EndsWith(".gz", StringComparison.Ordinal) && !(target.Kind == TargetKind.Cri && path.EndsWith(".log", StringComparison.Ordinal)) &&
        path != target.LivePath && world.Tree.Find(path) is not null;

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
