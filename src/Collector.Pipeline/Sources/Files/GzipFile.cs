using Collector.Pipeline.Sources.Files.Gzip;

namespace Collector.Pipeline.Sources.Files;

/// <summary>
/// A rotated file that kubelet or logrotate has compressed (R7). Read in order; going back starts again at the beginning. Bytes
/// before damage are returned and, if data ended well with a wrong checksum, all of it. Its size in decompressed bytes is known
/// after the end was read. While it is open and read it holds some 90 KiB.
/// </summary>
internal sealed class GzipFile(ISourceHandle handle, FileStatus status) : SourceFile(handle, status)
{
    private GzipReader? _reader;
    private long _sizeWhenCut;

    public override long? ToldLength => TryReadLength(out var length) ? length : null;

    public override int Read(Span<byte> buffer, long offset)
    {
        if (_reader is null || offset < _reader.Position || HasGrown(_reader))
        {
            _reader?.Dispose();
            _reader = new GzipReader(Handle);
        }

        try
        {
            return Read(_reader, buffer, offset);
        }
        catch (IOException)
        {
            // In the middle of something.
            _reader.Dispose();
            _reader = null;
            throw;
        }
    }

    /// <summary>A rotated file is whole.</summary>
    public override long LastLineEnd(long size) => size;

    /// <summary>
    /// The decompressed length modulo 2^32 that the trailer of the last member seems to say, padding of zeros left out; false
    /// when there is none. Cheap, and only a guess: see <see cref="EndsWithLength"/>.
    /// </summary>
    public bool TryReadLength(out uint length)
    {
        var found = Trailers();
        var place = Math.Max(0, found.FindIndex(one => GzipTrailer.IsPlausible(one.Trailer.Length, one.End)));
        length = found.Count == 0 ? 0 : found[place].Trailer.Length;
        return found.Count > 0;
    }

    /// <summary>
    /// Whether the trailer agrees that the file has that many decompressed bytes, if it is one member. Reads only the end of the
    /// file. False proves nothing: there may be several members, or padding other than zeros.
    /// </summary>
    public override bool EndsWithLength(long length) => Trailers().Exists(one => one.Trailer.Length == (uint)length);

    public override void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
        base.Dispose();
    }

    private int Read(GzipReader reader, Span<byte> buffer, long offset)
    {
        while (reader.Position < offset && !reader.Next(offset - reader.Position).IsEmpty)
        {
        }

        var done = 0;
        while (done < buffer.Length && reader.Position == offset + done && reader.Next(buffer.Length - done) is { IsEmpty: false } next)
        {
            next.CopyTo(buffer[done..]);
            done += next.Length;
        }

        (DamagedAt, LostBytes) = (reader.IsDamaged ? reader.Position : null, reader.LostBytes);
        _sizeWhenCut = reader.IsCut && TryGetStatus(out var now) ? now.Size : 0;
        return done;
    }

    /// <summary>Whether it was cut off only because it was still being written.</summary>
    private bool HasGrown(GzipReader reader) => reader.IsCut && TryGetStatus(out var now) && now.Size > _sizeWhenCut;

    private List<(GzipTrailer Trailer, long End)> Trailers() =>
        TryGetStatus(out var now) ? GzipTrailer.FindIn(Handle, now.Size) : [];
}
