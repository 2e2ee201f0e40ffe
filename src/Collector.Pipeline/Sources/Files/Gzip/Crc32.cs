using System.Buffers.Binary;

namespace Collector.Pipeline.Sources.Files.Gzip;

/// <summary>CRC-32 of RFC 1952 §8, eight bytes a step by eight tables: no instruction of x64 has this polynomial.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Values = 256;
    private const int Tables = 8;

    /// <summary>Table n holds the effect of a byte on the sum when n bytes of zeros follow it.</summary>
    private static readonly uint[] s_tables = MakeTables();

    /// <summary>
    /// The checksum of the bytes before (<paramref name="crc"/>, 0 at the start) followed by <paramref name="bytes"/>.
    /// </summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var tables = s_tables.AsSpan();
        crc = ~crc;
        while (bytes.Length >= Tables)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[(7 * Values) + (int)(low & 0xFF)] ^ tables[(6 * Values) + (int)((low >> 8) & 0xFF)] ^
                tables[(5 * Values) + (int)((low >> 16) & 0xFF)] ^ tables[(4 * Values) + (int)(low >> 24)] ^
                tables[(3 * Values) + (int)(high & 0xFF)] ^ tables[(2 * Values) + (int)((high >> 8) & 0xFF)] ^
                tables[Values + (int)((high >> 16) & 0xFF)] ^ tables[(int)(high >> 24)];
            bytes = bytes[Tables..];
        }

        foreach (var value in bytes)
        {
            crc = tables[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Tables * Values];
        for (var at = 0; at < tables.Length; at++)
        {
            var crc = at < Values ? (uint)at : tables[at - Values];
            for (var bit = 0; bit < 8 && at < Values; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            tables[at] = at < Values ? crc : tables[crc & 0xFF] ^ (crc >> 8);
        }

        return tables;
    }
}
