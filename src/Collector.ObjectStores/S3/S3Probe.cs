using System.Security.Cryptography;

namespace Collector.ObjectStores.S3;

/// <summary>The request of <c>validate --connect</c>: a body, and the digests of another one.</summary>
internal static class S3Probe
{
    public const string Name = ".collector-probe";

    /// <summary>The metadata by which a stored probe is recognized.</summary>
    public const string Mark = "probe";

    public static byte[] Body { get; } = "x"u8.ToArray();

#pragma warning disable CA5351 // Content-MD5 is what the protocol has; nothing is protected by it here.
    public static string OtherMd5 { get; } = Convert.ToBase64String(MD5.HashData("y"u8));
#pragma warning restore CA5351

    public static string EmptySha256 { get; } = Convert.ToHexStringLower(SHA256.HashData([]));

    public static string OtherSha256 { get; } = Convert.ToHexStringLower(SHA256.HashData("y"u8));
}
