using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The checksum that a store compares with the received body, in the store's notation. It reads the body once more; the compressed
/// body is still in the page cache.
/// </summary>
internal static class BodyChecksum
{
    private const int BlockSize = 128 * 1024;

    /// <summary>CRC-32C (Castagnoli), big endian, in base 64: <c>crc32c</c> of the JSON API's object resource.</summary>
    public static string Crc32C(ObjectToPut item, CancellationToken cancellation)
    {
        var crc = uint.MaxValue;
        Read(item, block => crc = Append(crc, block), cancellation);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ~crc);
        return Convert.ToBase64String(bytes);
    }

    private static uint Append(uint crc, ReadOnlySpan<byte> block)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(block);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in block[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }

    private static void Read(ObjectToPut item, Action<ReadOnlySpan<byte>> append, CancellationToken cancellation)
    {
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            using var body = item.OpenBody();
            for (int count; (count = body.Read(block)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                append(block.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
