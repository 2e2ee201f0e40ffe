using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Stands for a rendered prefix where only equality counts: eight bytes for each of 250,000 objects, not a string. Two
/// prefixes of one id would only wait for each other; no pod can make its own prefix be another's (SHA-256).
/// </summary>
internal readonly record struct PrefixId(ulong Value)
{
    public static PrefixId Of(string prefix)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(prefix.AsSpan()), hash);
        return new PrefixId(BinaryPrimitives.ReadUInt64LittleEndian(hash));
    }
}
