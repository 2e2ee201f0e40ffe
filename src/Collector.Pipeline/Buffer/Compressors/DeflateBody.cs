using System.IO.Compression;

namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>
/// gzip (RFC 1952), in members, and zlib (RFC 1950) through the runtime's zlib-ng. The gzip header carries no time and no name,
/// so the same bytes compress to the same bytes.
/// </summary>
internal sealed class DeflateBody : BodyStream
{
    private readonly ZLibCompressionOptions _options;
    private readonly bool _gzip;

    /// <summary>Null before the first byte of a member.</summary>
    private Stream? _deflater;

    public DeflateBody(Stream destination, long uncompressedLength, int level, bool gzip)
        : base(destination, uncompressedLength)
    {
        _gzip = gzip;
        _options = new ZLibCompressionOptions { CompressionLevel = level };
    }

    /// <summary>
    /// Header, one empty final block (03 00), trailer: for empty text the runtime writes nothing at all, which no tool accepts as a
    /// body.
    /// </summary>
    private ReadOnlySpan<byte> EmptyBody => _gzip
        ? [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]
        : [0x78, 0x01, 0x03, 0x00, 0, 0, 0, 1];

    private protected override void Compress(ReadOnlySpan<byte> data)
    {
        _deflater ??= _gzip ? new GZipStream(Destination, _options, leaveOpen: true) : new ZLibStream(Destination, _options, leaveOpen: true);
        _deflater.Write(data);
    }

    private protected override bool TryEndMember()
    {
        if (!_gzip)
            return false;

        _deflater!.Dispose();
        _deflater = null;
        return true;
    }

    private protected override void Finish()
    {
        if (Position == 0)
            Destination.Write(EmptyBody);
        else
            _deflater!.Dispose();
    }

    /// <summary>
    /// Does nothing for an unfinished or empty body, because disposing the deflater might write a wrong or second end. Its native
    /// memory is freed with its own safe handle.
    /// </summary>
    private protected override void Release()
    {
    }
}
