using Collector.Pipeline.Records;
using Collector.Reading.Decoding;

namespace Collector.Reading;

/// <summary>The last lines of an object without the whole of it (DESIGN.md, "Last lines").</summary>
internal static class ObjectEnd
{
    /// <summary>Up to here an object is one request anyway, and hardly slower than its end.</summary>
    private const int WholeBelow = 512 * 1024;

    /// <summary>A member holds about 1 MiB of text, so some 100 to 200 KiB.</summary>
    private const int EndBytes = 256 * 1024;

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B, 0x08];

    private static ReadOnlySpan<byte> ZstdMagic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>The decoded lines at the object's end; null when only the whole object would tell.</summary>
    public static async Task<(LineSplitter Lines, bool IsWhole)?> OpenAsync(ObjectFetcher fetcher, ListedObject item, CancellationToken cancellation)
    {
        var compression = item.Name.Compression;
        var canBeCut = compression is Compression.None or Compression.Gzip or Compression.Zstd;
        if (!canBeCut && item.Stored.Length > WholeBelow)
            return null;

        var (bytes, offset) = await fetcher.EndAsync(item.Stored, EndBytes, WholeBelow, cancellation).ConfigureAwait(false);
        if (offset == 0)
            return (new LineSplitter(BodyDecoder.Open(compression, new MemoryStream(bytes, writable: false))), true);

        // The first line may be half a line.
        return (compression == Compression.None ? bytes : Decode(compression, bytes)) is { } text && text.AsSpan().IndexOf((byte)'\n') is >= 0 and var end
            ? (new LineSplitter(new PlainDecoder(new MemoryStream(text, end + 1, text.Length - end - 1, writable: false))), false)
            : null;
    }

    /// <summary>From the first place on at which a member begins and all decodes to the end; null when there is none.</summary>
    private static byte[]? Decode(Compression compression, byte[] bytes)
    {
        var magic = compression == Compression.Gzip ? GzipMagic : ZstdMagic;
        for (var at = 0; bytes.AsSpan(at).IndexOf(magic) is >= 0 and var found; at++)
        {
            at += found;
            using var text = new MemoryStream();
            using var decoder = BodyDecoder.Open(compression, new MemoryStream(bytes, at, bytes.Length - at, writable: false));
            try
            {
                var buffer = new byte[64 * 1024];
                for (var length = decoder.Read(buffer); length > 0; length = decoder.Read(buffer))
                    text.Write(buffer, 0, length);
                return text.ToArray();
            }
            catch (DamagedObjectException)
            {
                // These bytes were no beginning, or there is damage behind it: the whole object will tell.
            }
        }

        return null;
    }
}
