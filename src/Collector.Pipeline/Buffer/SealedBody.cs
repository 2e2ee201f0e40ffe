using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>The body of a sealed object as a stream, for the store. Reads are synchronous: the file is local.</summary>
internal abstract class SealedBody(IStorageFile file, long length, bool leaveOpen) : Stream
{
    private long _position;

    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => true;

    public sealed override bool CanWrite => false;

    public sealed override long Length => length;

    public sealed override long Position
    {
        get => _position;
        set => _position = value;
    }

    protected IStorageFile File { get; } = file;

    /// <summary>The body of an object with this header; owns the file, unless it is to be left open.</summary>
    public static SealedBody Open(IStorageFile file, ObjectHeader header, bool leaveOpen = false) =>
        header.IsInPlace ? new FramedBody(file, header, leaveOpen) : new ContiguousBody(file, header, leaveOpen);

    public sealed override int Read(Span<byte> buffer)
    {
        var got = ReadAt(_position, buffer[..(int)Math.Clamp(length - _position, 0, buffer.Length)]);
        _position += got;
        return got;
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public sealed override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public sealed override void Flush()
    {
    }

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Fills <paramref name="buffer"/>, which ends inside the body, from a place in it.</summary>
    protected abstract int ReadAt(long position, Span<byte> buffer);

    protected sealed override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            File.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A body in one piece.</summary>
internal sealed class ContiguousBody(IStorageFile file, ObjectHeader header, bool leaveOpen) : SealedBody(file, header.BodyLength, leaveOpen)
{
    protected override int ReadAt(long position, Span<byte> buffer) => File.Read(buffer, header.BodyOffset + position);
}

/// <summary>
/// The body of an object that was sealed in place: the records of its chunk's frames, one after the other. Reading forward checks
/// each frame once. A step back begins again at the first frame.
/// </summary>
internal sealed class FramedBody(IStorageFile file, ObjectHeader header, bool leaveOpen) : SealedBody(file, header.BodyLength, leaveOpen)
{
    /// <summary>Where the records of the current frame begin in the file, and their length in bytes.</summary>
    private long _records;

    private long _length;

    /// <summary>Where they begin in the body.</summary>
    private long _before;

    private long _nextFrame = header.BodyOffset;

    protected override int ReadAt(long position, Span<byte> buffer)
    {
        if (position < _before)
        {
            (_before, _length, _nextFrame) = (0, 0, header.BodyOffset);
        }

        var filled = 0;
        while (filled < buffer.Length)
        {
            var within = position + filled - _before;
            if (within >= _length)
            {
                MoveNext();
                continue;
            }

            var part = buffer.Slice(filled, (int)Math.Min(buffer.Length - filled, _length - within));
            var got = File.Read(part, _records + within);
            if (got == 0)
            {
                break;
            }

            filled += got;
        }

        return filled;
    }

    private void MoveNext()
    {
        if (!FrameHeader.TryRead(File, _nextFrame, out var frame))
        {
            throw new StorageException(StorageError.Io, $"the object is damaged: it has no frame at byte {_nextFrame}");
        }

        _before += _length;
        _records = _nextFrame + Frame.HeaderLength;
        _length = frame.Records;
        _nextFrame = _records + frame.Records + frame.Trailer;
    }
}
