using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Positions;

/// <summary>The checksum of a generation's bytes from <see cref="ContentDigest.Origin"/> to an offset.</summary>
public readonly record struct Checkpoint(long Offset, uint Crc);

/// <summary>
/// CRC32C over a generation's bytes from <see cref="Origin"/> to <see cref="End"/>, with checkpoints between the two, which
/// distinguish a copy from a file with only the same beginning (design R2). A CRC continues from its value, so the digest grows as
/// bytes are read, over cursors and restarts, and nothing is read twice for it. Immutable.
/// </summary>
public readonly record struct ContentDigest
{
    /// <summary>Bytes between two checkpoints. A difference in a copy is found after at most that many bytes.</summary>
    public const long Block = 1 << 20;

    /// <summary>Checkpoints kept: half a KiB a generation, whatever its length.</summary>
    public const int MostCheckpoints = 64;

    private readonly Checkpoint[]? _checkpoints;

    private ContentDigest(long origin, long end, uint crc, Checkpoint[]? checkpoints) => (Origin, End, Crc, _checkpoints) = (origin, end, crc, checkpoints);

    /// <summary>Where it begins: 0, or the first byte that was ever read.</summary>
    public long Origin { get; }

    /// <summary>Up to where the bytes are known.</summary>
    public long End { get; }

    public uint Crc { get; }

    /// <summary>Ascending, between <see cref="Origin"/> and <see cref="End"/>.</summary>
    public ReadOnlySpan<Checkpoint> Checkpoints => _checkpoints;

    /// <summary>Knows nothing yet, and begins at that offset.</summary>
    public static ContentDigest From(long origin) => new(origin, origin, 0, null);

    /// <summary>Restores a digest from stored parts; null when the parts do not match.</summary>
    public static ContentDigest? FromStored(long origin, long end, uint crc, Checkpoint[] checkpoints)
    {
        var last = origin;
        foreach (var checkpoint in checkpoints)
        {
            if (checkpoint.Offset < last || checkpoint.Offset > end)
            {
                return null;
            }

            last = checkpoint.Offset;
        }

        return origin >= 0 && end >= origin && checkpoints.Length <= MostCheckpoints ? new ContentDigest(origin, end, crc, checkpoints) : null;
    }

    /// <summary>
    /// Adds bytes that were read at <paramref name="offset"/>: those after <see cref="End"/>. Bytes that do not reach it change
    /// nothing.
    /// </summary>
    public ContentDigest Append(ReadOnlySpan<byte> bytes, long offset)
    {
        if (offset > End || offset + bytes.Length <= End)
        {
            return this;
        }

        var digest = this;
        var rest = bytes[(int)(End - offset)..];
        while (!rest.IsEmpty)
        {
            var untilBlock = Block - (digest.End % Block);
            var piece = rest[..(int)Math.Min(rest.Length, untilBlock)];
            digest = new ContentDigest(Origin, digest.End + piece.Length, Crc32C.Append(digest.Crc, piece), digest._checkpoints);
            digest = digest.End % Block == 0 ? digest.Mark() : digest;
            rest = rest[piece.Length..];
        }

        return digest;
    }

    /// <summary>Makes a checkpoint of the end.</summary>
    public ContentDigest Mark() => WithCheckpoint(End, Crc);

    /// <summary>Adds a checkpoint that was found by other means: a copy under way was compared up to there.</summary>
    public ContentDigest WithCheckpoint(long offset, uint crc)
    {
        if (offset <= Origin || offset > End || Checkpoints.Contains(new Checkpoint(offset, crc)))
        {
            return this;
        }

        var list = new List<Checkpoint>(Checkpoints.Length + 1);
        list.AddRange(Checkpoints);
        list.Add(new Checkpoint(offset, crc));
        list.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        return new ContentDigest(Origin, End, Crc, Thin(list));
    }

    /// <summary>The farthest offset at or before <paramref name="length"/> of which the checksum is known; <see cref="Origin"/> when there is none.</summary>
    public Checkpoint LastWithin(long length)
    {
        if (End <= length)
        {
            return new Checkpoint(End, Crc);
        }

        for (var i = Checkpoints.Length - 1; i >= 0; i--)
        {
            if (Checkpoints[i].Offset <= length)
            {
                return Checkpoints[i];
            }
        }

        return new Checkpoint(Origin, 0);
    }

    public bool Equals(ContentDigest other) => Origin == other.Origin && End == other.End && Crc == other.Crc && Checkpoints.SequenceEqual(other.Checkpoints);

    public override int GetHashCode() => HashCode.Combine(Origin, End, Crc);

    /// <summary>
    /// Too many checkpoints: every second one at whole blocks is removed, or the oldest of the others when there are no blocks.
    /// </summary>
    private static Checkpoint[] Thin(List<Checkpoint> checkpoints)
    {
        while (checkpoints.Count > MostCheckpoints)
        {
            var blocks = checkpoints.FindAll(c => c.Offset % Block == 0);
            var removed = blocks.Where((_, i) => i % 2 == 0).ToHashSet();
            if (removed.Count == 0)
            {
                checkpoints.RemoveAt(1);
            }
            else
            {
                checkpoints.RemoveAll(removed.Contains);
            }
        }

        return [.. checkpoints];
    }
}
