using System.IO.Compression;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>
/// gzip (RFC 1952) and zlib (RFC 1950) through the runtime's zlib-ng. The gzip header carries no time and no name, so the same
/// bytes compress to the same bytes.
/// </summary>
internal sealed class DeflateBody : BodyStream
{
    private readonly Stream _deflater;
    private readonly bool _gzip;

    public DeflateBody(Stream destination, long uncompressedLength, int level, bool gzip)
        : base(destination, uncompressedLength)
    {
        _gzip = gzip;
        var options = new ZLibCompressionOptions { CompressionLevel = level };
        _deflater = gzip ? new GZipStream(destination, options, leaveOpen: true) : new ZLibStream(destination, options, leaveOpen: true);
    }

    /// <summary>Header, one empty final block (03 00), trailer: the runtime writes nothing at all for nothing, which no tool takes for a body.</summary>
    private ReadOnlySpan<byte> EmptyBody => _gzip
        ? [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]
        : [0x78, 0x01, 0x03, 0x00, 0, 0, 0, 1];

    private protected override void Compress(ReadOnlySpan<byte> data) => _deflater.Write(data);

    private protected override void Finish()
    {
        if (Position == 0)
            Destination.Write(EmptyBody);
        else
            _deflater.Dispose();
    }

    /// <summary>
    /// Nothing for an unfinished or empty body: disposing the deflater might write an end to what has none or has one. Its
    /// native memory goes with its own safe handle.
    /// </summary>
    private protected override void Release()
    {
    }
}
