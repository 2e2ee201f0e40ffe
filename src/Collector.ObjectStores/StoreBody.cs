namespace Collector.ObjectStores;

/// <summary>
/// The bytes of an object on their way from a store. An interruption, or an end before the announced length, is a
/// <see cref="StoreReadException"/> in place of the client's own exception. Owns the inner stream.
/// </summary>
/// <param name="source">From the store.</param>
/// <param name="length">The expected number of bytes; -1: unknown.</param>
/// <param name="key">For messages.</param>
/// <param name="owner">Disposed with the source.</param>
internal sealed class StoreBody(Stream source, long length, string key, IDisposable? owner = null) : ForwardStream
{
    private long _read;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Count(source.Read(buffer), buffer.Length);
        }
        catch (Exception e) when (BrokeOff(e))
        {
            throw Broken(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Count(await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Length);
        }
        catch (Exception e) when (BrokeOff(e))
        {
            throw Broken(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            owner?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Clients check what they receive, each with its own exceptions.</summary>
    private static bool BrokeOff(Exception e) => e is not (OperationCanceledException or StoreReadException);

    private StoreReadException Broken(Exception e) =>
        new(ReadTrouble.Unavailable, $"reading {key} stopped at byte {_read}: {Http.ServerWords.FirstLine(e.GetBaseException().Message)}", e);

    private int Count(int got, int wanted)
    {
        _read += got;
        return got == 0 && wanted > 0 && _read < length
            ? throw new StoreReadException(ReadTrouble.Unavailable, $"reading {key} ended after {_read} of {length} bytes")
            : got;
    }
}
