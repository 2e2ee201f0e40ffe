namespace Collector.Pipeline.Buffer.Compressors;

/// <summary>
/// Writes the body of one object into a destination, which stays open. Holds at most one block of it in memory.
/// The length is promised beforehand, as two of the formats write it first.
/// </summary>
/// <remarks>
/// Disposing finishes a body that has all its bytes, and only frees an incomplete one, because disposing also happens while an
/// error passes. <see cref="Complete"/> is for callers that need to know.
/// </remarks>
public abstract class BodyStream : Stream
{
    /// <summary>Bytes of text that a member has at least, but for the last.</summary>
    public const int MemberText = 1 << 20;

    /// <summary>A member does not end before it has this many bytes of text, or <see cref="MemberBytes"/>.</summary>
    public const int MostMemberText = 4 << 20;

    /// <summary>
    /// Bytes of text in a member. A new member costs about 1 KB with gzip, 2 KB with zstd, whatever the text: with this size it is
    /// less than 2 %, and the end of an object is still one request of a few hundred KiB (DESIGN.md).
    /// </summary>
    public const int MemberBytes = 128 * 1024;

    private readonly long _promised;
    private long _written;
    private long _memberTextFrom;
    private long _memberFrom;
    private bool _broken;
    private bool _completed;
    private bool _disposed;

    private protected BodyStream(Stream destination, long uncompressedLength)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(uncompressedLength);
        Destination = destination;
        _memberFrom = destination.Position;
        _promised = uncompressedLength;
    }

    public sealed override bool CanRead => false;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => !_disposed;

    public sealed override long Length => throw new NotSupportedException();

    /// <summary>Bytes written so far, before compression.</summary>
    public sealed override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    protected Stream Destination { get; }

    /// <exception cref="InvalidOperationException">More bytes than promised.</exception>
    public sealed override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfUnusable();
        if (buffer.Length > _promised - _written)
            throw new InvalidOperationException($"a body of {_promised} bytes was promised, at least {_written + buffer.Length} were written");

        // Until this call has returned, Dispose must not treat the body as complete.
        _broken = true;
        Compress(buffer);
        _broken = false;
        _written += buffer.Length;
    }

    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public sealed override void WriteByte(byte value) => Write([value]);

    /// <summary>The text so far ends with a whole record. Ends the member here when it is large enough.</summary>
    /// <returns>
    /// True: the next text begins a member, at the destination's position. Always false for formats without members.
    /// </returns>
    public bool EndRecords()
    {
        ThrowIfUnusable();
        var text = _written - _memberTextFrom;
        if (_written == _promised || text < MemberText || (text < MostMemberText && Destination.Position - _memberFrom < MemberBytes))
            return false;

        _broken = true;
        var isEnded = TryEndMember();
        _broken = false;
        (_memberTextFrom, _memberFrom) = (_written, Destination.Position);
        return isEnded;
    }

    /// <summary>Finishes the body. Idempotent.</summary>
    /// <exception cref="InvalidOperationException">Fewer bytes than promised.</exception>
    public void Complete()
    {
        if (_completed)
            return;

        ThrowIfUnusable();
        if (_written != _promised)
            throw new InvalidOperationException($"a body of {_promised} bytes was promised, {_written} were written");

        _completed = true;
        Finish();
    }

    /// <summary>Does nothing: flushing in the middle would only make the body larger.</summary>
    public sealed override void Flush()
    {
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Takes the next bytes; they are not kept after it returns.</summary>
    private protected abstract void Compress(ReadOnlySpan<byte> data);

    /// <summary>Writes the end of a member with all text so far; false when the format has no members. More text follows.</summary>
    private protected virtual bool TryEndMember() => false;

    /// <summary>Writes the rest, once.</summary>
    private protected abstract void Finish();

    /// <summary>Gives back buffers and native memory, once, finished or not.</summary>
    private protected abstract void Release();

    protected sealed override void Dispose(bool disposing)
    {
        try
        {
            if (!_disposed && !_broken && _written == _promised)
                Complete();
        }
        finally
        {
            if (!_disposed)
                Release();

            _disposed = true;
            base.Dispose(disposing);
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_disposed || _completed, this);
        if (_broken)
            throw new InvalidOperationException("a write to this body has failed; it cannot be continued");
    }
}
