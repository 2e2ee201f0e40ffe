using System.Security.Cryptography;

namespace Collector.Pipeline.Positions;

/// <summary>The id of one log file generation: 64 random bits, drawn when the tail first sees it.</summary>
public readonly record struct GenerationId(ulong Value)
{
    public static GenerationId New() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// How a generation is recognized again (I10): by device, inode and fingerprint; the chain and the name are hints.
/// <see cref="Ordinal"/> is its place among the generations of its chain, in reading order. <see cref="BirthTime"/> (Unix ns, 0
/// where the file system has none) reveals a reused inode.
/// </summary>
public sealed record GenerationIdentity(
    GenerationId Id, long Ordinal, ulong Device, ulong Inode, long BirthTime, string Chain, string Name, Fingerprint Fingerprint)
{
    /// <summary>Only its id is known.</summary>
    public static GenerationIdentity Unknown(GenerationId id) => new(id, 0, 0, 0, 0, "", "", Fingerprint.Empty);

    public bool IsUnknown => Chain.Length == 0;

    /// <summary>
    /// Whether this identity is newer than another: a copy that was accepted for the generation was born later, and a fingerprint
    /// grows.
    /// </summary>
    public bool IsNewerThan(GenerationIdentity other) =>
        BirthTime > other.BirthTime || (BirthTime == other.BirthTime && Fingerprint.Length > other.Fingerprint.Length);
}

/// <summary>A checksum of the up to 256 bytes before a position; <see cref="Length"/> 0: unknown, anything matches.</summary>
public readonly record struct ResumeGuard(byte Length, uint Hash)
{
    /// <summary>Long enough to distinguish two logs, short enough to be hashed at every commit.</summary>
    public const int MaxLength = 255;

    /// <summary>The guard of a position, from the bytes that end there.</summary>
    public static ResumeGuard Of(ReadOnlySpan<byte> before)
    {
        var tail = before[Math.Max(0, before.Length - MaxLength)..];
        return new ResumeGuard((byte)tail.Length, Storage.Crc32C.Compute(tail));
    }
}
