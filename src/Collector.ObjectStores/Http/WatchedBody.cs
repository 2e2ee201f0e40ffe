namespace Collector.ObjectStores.Http;

/// <summary>
/// A body on its way through an SDK, which takes streams only. The transport reads the next block when the store has accepted the
/// one before, so a read is progress. A read failure is kept, to distinguish it from a connection failure.
/// </summary>
/// <param name="inner">Is disposed with this.</param>
/// <param name="length">In bytes.</param>
/// <param name="watch">Is notified of each block.</param>
internal sealed class WatchedBody(Stream inner, long length, StallWatch watch) : Stream
{
    /// <summary>Whether the watch ends with the last byte, because the kernel's buffers may take their time.</summary>
    public bool IsUnwatchedAfterEnd { get; init; } = true;

    /// <summary>Why the body could not be read; null when it could.</summary>
    public Exception? Failure { get; private set; }

    public override long Length => length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = inner.Read(buffer);
            if (count == 0 && buffer.Length > 0 && inner.Position < length)
                throw new InvalidOperationException($"the body ends after {inner.Position} of the {length} bytes announced");
            if (inner.Position < length || !IsUnwatchedAfterEnd)
                watch.Progress();
            else
                watch.Stop();
            return count;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }

    /// <summary>The file is in the page cache: reading it takes as long as handing it to another thread.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
