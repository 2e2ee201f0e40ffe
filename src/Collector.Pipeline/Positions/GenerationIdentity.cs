using System.Security.Cryptography;

namespace Collector.Pipeline.Positions;

/// <summary>The name of one log file's life: 64 random bits, drawn when the tail first sees it.</summary>
public readonly record struct GenerationId(ulong Value)
{
    public static GenerationId New() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// How a generation is found again (I10): device, inode and fingerprint; the chain it belongs to and the name it had are hints.
/// <see cref="Ordinal"/> is its place among the generations of its chain, in the order in which they are read.
/// <see cref="BirthTime"/> (Unix ns, 0 where the file system has none) tells a reused inode.
/// </summary>
public sealed record GenerationIdentity(
    GenerationId Id, long Ordinal, ulong Device, ulong Inode, long BirthTime, string Chain, string Name, Fingerprint Fingerprint)
{
    /// <summary>Nothing is known of it but its id.</summary>
    public static GenerationIdentity Unknown(GenerationId id) => new(id, 0, 0, 0, 0, "", "", Fingerprint.Empty);

    public bool IsUnknown => Chain.Length == 0;

    /// <summary>Whether this tells more of the generation than another: a copy that was taken for it was born later, and a fingerprint grows.</summary>
    public bool IsNewerThan(GenerationIdentity other) =>
        BirthTime > other.BirthTime || (BirthTime == other.BirthTime && Fingerprint.Length > other.Fingerprint.Length);
}

/// <summary>A checksum of the up to 256 bytes before a position; <see cref="Length"/> 0: not known, anything fits.</summary>
public readonly record struct ResumeGuard(byte Length, uint Hash)
{
    /// <summary>Long enough to tell two logs apart, short enough to be hashed at every commit.</summary>
    public const int MaxLength = 255;

    /// <summary>The guard of a position, from the bytes that end there.</summary>
    public static ResumeGuard Of(ReadOnlySpan<byte> before)
    {
        var tail = before[Math.Max(0, before.Length - MaxLength)..];
        return new ResumeGuard((byte)tail.Length, Storage.Crc32C.Compute(tail));
    }
}
