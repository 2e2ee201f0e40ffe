using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Collector.Pipeline.Buffer.Format;

/// <summary>CRC-32C (Castagnoli, RFC 3720), on the processor's instruction where there is one.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of what came before (<paramref name="crc"/>, 0 at the start) followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);
}
