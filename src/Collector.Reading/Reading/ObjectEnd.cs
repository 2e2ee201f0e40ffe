using System.Buffers;
using System.Runtime.CompilerServices;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;

namespace Collector.Reading;

/// <summary>The last lines of an object without the whole of it (DESIGN.md, "Last lines").</summary>
internal static class ObjectEnd
{
    /// <summary>Up to here an object is one request anyway, and hardly slower than its end.</summary>
    private const int WholeBelow = 512 * 1024;

    /// <summary>A member holds about 1 MiB of text, so some 100 to 200 KiB.</summary>
    private const int FirstBytes = 256 * 1024;

    /// <summary>A whole member and the bytes after it, even of text that hardly compresses.</summary>
    private const int MoreBytes = 2 << 20;

    private const int BlockSize = 64 * 1024;

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B, 0x08];

    private static ReadOnlySpan<byte> ZstdMagic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>
    /// The lines at the object's end, with more of it each time; the last time it is all of it. Each takes one request at most, and
    /// the caller disposes it.
    /// </summary>
    public static async IAsyncEnumerable<(LineSplitter Lines, bool IsWhole)> OpenAsync(ObjectFetcher fetcher, ListedObject item, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (compression, length) = (item.Name.Compression, item.Stored.Length);
        if (length <= WholeBelow)
        {
            var body = await fetcher.KeepAsync(item.Stored, cancellation).ConfigureAwait(false);
            yield return (new LineSplitter(BodyDecoder.Open(compression, new MemoryStream(body, writable: false))), true);
            yield break;
        }

        var canBeCut = compression is Compression.None or Compression.Gzip or Compression.Zstd;
        for (var size = (long)FirstBytes; canBeCut && size < length;)
        {
            var end = await fetcher.EndAsync(item.Stored, size, cancellation).ConfigureAwait(false);
            var frames = compression == Compression.Zstd ? SeekTable.Find(end, length) : null;
            if (Begin(compression, end, frames) is { } at)
            {
                var lines = new LineSplitter(BodyDecoder.Open(compression, new MemoryStream(end, at, end.Length - at, writable: false)));

                // The first line may be half a line.
                lines.TryRead(out _);
                yield return (lines, false);
            }

            size = size > FirstBytes ? length : More(frames);
        }

        yield return (new LineSplitter(BodyDecoder.Open(compression, await fetcher.OpenAsync(item.Stored, cancellation).ConfigureAwait(false))), true);
    }

    /// <summary>How much of the end is read next: of a body with a seek table whole frames.</summary>
    private static long More(IReadOnlyList<long>? frames) =>
        frames?.FirstOrDefault(before => before is > FirstBytes and <= MoreBytes) is > 0 and var whole ? whole : MoreBytes;

    /// <summary>The first place where a member begins from which everything decodes to the end; null when there is none.</summary>
    private static int? Begin(Compression compression, byte[] end, IReadOnlyList<long>? frames)
    {
        if (compression == Compression.None)
            return 0;

        foreach (var at in frames is null ? Places(compression, end) : frames.Where(before => before <= end.Length).Select(before => end.Length - (int)before))
        {
            // A false beginning, or one with damage after it, does not decode: reading the whole object will report it.
            if (IsWhole(compression, end, at))
                return at;
        }

        return null;
    }

    /// <summary>The positions of the bytes with which a member begins.</summary>
    private static IEnumerable<int> Places(Compression compression, byte[] end)
    {
        for (var at = 0; Find(at) is >= 0 and var found; at += found + 1)
            yield return at + found;

        int Find(int from) => end.AsSpan(from).IndexOf(compression == Compression.Gzip ? GzipMagic : ZstdMagic);
    }

    /// <summary>
    /// Whether everything after a place decodes with every checksum right. Its text is discarded: a MiB may hold ten of text.
    /// </summary>
    private static bool IsWhole(Compression compression, byte[] end, int at)
    {
        var block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            using var decoder = BodyDecoder.Open(compression, new MemoryStream(end, at, end.Length - at, writable: false));
            while (decoder.Read(block) > 0)
            {
            }

            return true;
        }
        catch (DamagedObjectException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
