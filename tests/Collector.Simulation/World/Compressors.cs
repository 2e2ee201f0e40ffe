using System.IO.Compression;

namespace Collector.Simulation.World;

/// <summary>What kubelet, logrotate or a person compresses, and what a bad disk makes of it.</summary>
internal sealed class Compressors(NodeWorld world)
{
    private const int DamageFrom = 24;
    private const int DamageTo = 2048;
    private const int DamagedBytes = 64;
    private const int GzipTrailer = 8;

    /// <summary>Magic and flags; lines in it would be stored if it were taken for text.</summary>
    private static readonly byte[] s_xz = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0, 4, .. "no text\nno text either\n"u8];

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
        target.Rotated[target.Rotated.IndexOf(path)] = packed;
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
        world.Ledger.Losses.Unreadable(world.Ledger.Of(inode), $"{path}.xz");
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

    /// <summary>Kubelet compresses what it rotated, never the last log of a container that ended.</summary>
    private bool IsCompressible(LogTarget target, string path) =>
        !path.EndsWith(".gz", StringComparison.Ordinal) && !(target.Kind == TargetKind.Cri && path.EndsWith(".log", StringComparison.Ordinal)) &&
        path != target.LivePath && world.Tree.Find(path) is not null;
}
