using System.IO.Compression;

namespace Collector.Pipeline.Tailing.Files;

/// <summary>
/// An open log file, by offsets of its (decompressed) bytes. The one who made it disposes it. Errors of reading are
/// <see cref="IOException"/>; a file of which nothing decompresses throws <see cref="InvalidDataException"/>.
/// </summary>
internal abstract class SourceFile(ISourceHandle handle, FileStatus status) : Following.IFileContent, IDisposable
{
    protected ISourceHandle Handle { get; } = handle;

    /// <summary>Whether a name with that status leads to this very file. While it is open its inode is no other's.</summary>
    public bool IsSame(FileStatus other) => other.Device == status.Device && other.Inode == status.Inode;

    /// <summary>What was read ends where the file cannot be decompressed any further.</summary>
    public bool IsDamaged { get; protected set; }

    /// <summary>Fills as much of <paramref name="buffer"/> as there is at <paramref name="offset"/>; 0 at the end.</summary>
    public abstract int Read(Span<byte> buffer, long offset);

    public abstract long? ToldLength { get; }

    /// <summary>The offset behind the last newline within the first <paramref name="size"/> bytes; 0: there is none.</summary>
    public abstract long LastLineEnd(long size);

    public bool TryGetStatus(out FileStatus status) => Handle.TryGetStatus(out status);

    public virtual void Dispose() => Handle.Dispose();
}

/// <summary>A log file as it was written.</summary>
internal sealed class PlainFile(ISourceHandle handle, FileStatus status) : SourceFile(handle, status)
{
    private const int Piece = 64 * 1024;

    public override long? ToldLength => null;

    public override int Read(Span<byte> buffer, long offset) => Handle.Read(buffer, offset);

    public override long LastLineEnd(long size)
    {
        var piece = new byte[Piece];
        for (var end = size; end > 0; end -= Piece)
        {
            var from = Math.Max(0, end - Piece);
            var at = piece.AsSpan(0, Read(piece.AsSpan(0, (int)(end - from)), from)).LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return from + at + 1;
            }
        }

        return 0;
    }
}

/// <summary>
/// A rotated file that kubelet or logrotate has compressed. Sequential: going back opens the stream anew. Its size in
/// decompressed bytes is known when the end was read.
/// </summary>
internal sealed class GzipFile(ISourceHandle handle, FileStatus status) : SourceFile(handle, status)
{
    private const int Piece = 64 * 1024;
    private GZipStream? _stream;
    private long _position;

    public override long? ToldLength => TryReadLength(out var length) ? length : null;

    public override int Read(Span<byte> buffer, long offset)
    {
        if (_stream is null || offset < _position)
        {
            _stream?.Dispose();
            _stream = new GZipStream(new HandleStream(Handle), CompressionMode.Decompress);
            _position = 0;
        }

        Skip(offset - _position);
        if (_position < offset)
        {
            return 0;
        }

        return Fill(buffer);
    }

    /// <summary>A rotated file is whole.</summary>
    public override long LastLineEnd(long size) => size;

    /// <summary>The last four bytes of a gzip file are its decompressed length modulo 2^32 (RFC 1952).</summary>
    public bool TryReadLength(out uint length)
    {
        Span<byte> trailer = stackalloc byte[sizeof(uint)];
        length = 0;
        if (!TryGetStatus(out var now) || now.Size < trailer.Length || Handle.Read(trailer, now.Size - trailer.Length) < trailer.Length)
        {
            return false;
        }

        length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        return true;
    }

    public override void Dispose()
    {
        _stream?.Dispose();
        base.Dispose();
    }

    private void Skip(long count)
    {
        Span<byte> piece = count > 0 ? new byte[Piece] : [];
        while (count > 0)
        {
            var got = Fill(piece[..(int)Math.Min(count, piece.Length)]);
            if (got == 0)
            {
                return;
            }

            count -= got;
        }
    }

    /// <summary>Reads until the buffer is full or there is no more; what stands in front of a damage is given.</summary>
    private int Fill(Span<byte> buffer)
    {
        var done = 0;
        try
        {
            int got;
            while (done < buffer.Length && (got = _stream!.Read(buffer[done..])) > 0)
            {
                done += got;
                _position += got;
            }

            // The runtime takes a file that was cut for one that is whole.
            IsDamaged |= done < buffer.Length && !(TryReadLength(out var length) && length == (uint)_position);
        }
        catch (InvalidDataException) when (_position > 0)
        {
            IsDamaged = true;
        }

        return done;
    }

    /// <summary>Positional reads as a stream; leaves the handle open.</summary>
    private sealed class HandleStream(ISourceHandle file) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _at;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var got = file.Read(buffer, _at);
            _at += got;
            return got;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
