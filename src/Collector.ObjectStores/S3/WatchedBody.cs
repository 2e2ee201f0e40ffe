namespace Collector.ObjectStores.S3;

/// <summary>
/// A body on its way. The transport reads the next block when the store has taken the one before, so a reading is progress:
/// when none comes for too long, <see cref="Stalled"/> is cancelled. After the last block it is the attempt's deadline that
/// counts. A failing read is kept, to be told from a failing connection.
/// </summary>
internal sealed class WatchedBody : Stream
{
    private readonly Stream _inner;
    private readonly TimeSpan _stallAfter;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stalled = new();

    public WatchedBody(Stream inner, long length, TimeSpan stallAfter, TimeProvider clock)
    {
        _inner = inner;
        Length = length;
        _stallAfter = stallAfter;
        _timer = clock.CreateTimer(static state => ((WatchedBody)state!)._stalled.Cancel(), this, stallAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why the body could not be read; null when it could.</summary>
    public Exception? Failure { get; private set; }

    public CancellationToken Stalled => _stalled.Token;

    public override long Length { get; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Position
    {
        get => _inner.Position;
        set => _inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = _inner.Read(buffer);
            Progress();
            return count;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }

    /// <summary>Of a file in the page cache: as quick as it would be to hand it to another thread.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => _inner.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _timer.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Progress() => _timer.Change(_inner.Position < Length ? _stallAfter : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
