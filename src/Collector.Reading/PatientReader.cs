using Collector.ObjectStores;
using Collector.Pipeline.Loops;

namespace Collector.Reading;

/// <summary>
/// The one place that retries: throttled and unavailable requests with back-off, an interrupted body from the byte where it broke.
/// Counts its requests. Owns the reader.
/// </summary>
public sealed class PatientReader(IObjectReader inner, TimeProvider clock) : IObjectReader
{
    /// <summary>After up to 0.2, 0.4 … 3.2 s: three to six seconds of trouble are bridged, longer trouble is reported.</summary>
    private const int MostTries = 6;

    /// <summary>
    /// A connection that is silent for this long is closed: a page of a list takes a second at most, a block of a body less.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private static readonly BackoffSchedule s_backoff = new(Min: TimeSpan.FromMilliseconds(200), Max: TimeSpan.FromSeconds(5), LeastShare: 0.5);

    private long _requests;
    private long _bytes;

    public string Description => inner.Description;

    /// <summary>Requests so far, including retries.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Bytes of bodies so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) =>
        TryAsync(late => inner.ListAsync(query, late), cancellationToken);

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) =>
        new ResumedBody(this, key, offset, await OpenOnceAsync(key, offset, cancellationToken).ConfigureAwait(false), cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static bool Passes(StoreReadException e) => e.Trouble is ReadTrouble.Throttled or ReadTrouble.Unavailable;

    private Task<Stream> OpenOnceAsync(string key, long offset, CancellationToken cancellation) =>
        TryAsync(late => inner.OpenAsync(key, offset, late), cancellation);

    private async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                Interlocked.Increment(ref _requests);
                return await InTimeAsync(ask, cancellation).ConfigureAwait(false);
            }
            catch (StoreReadException e) when (Passes(e) && tried < MostTries)
            {
                await Task.Delay(s_backoff.After(tried), clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        using var silent = new CancellationTokenSource(Silence, clock);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellation);
        try
        {
            return await ask(late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (silent.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new StoreReadException(ReadTrouble.Unavailable, $"{inner.Description} has not answered for {Silence.TotalSeconds} s", e);
        }
    }

    /// <summary>
    /// A decoder reads synchronously, because it has nothing else to do. Fetching many objects is asynchronous, because it would
    /// need too many waiting threads.
    /// </summary>
    private sealed class ResumedBody(PatientReader owner, string key, long offset, Stream first, CancellationToken cancellation) : ForwardStream
    {
        private byte[]? _block;
        private Stream _body = first;
        private long _at = offset;
        private int _broken;

        public override int Read(Span<byte> buffer)
        {
            var block = (_block ??= new byte[64 * 1024]).AsMemory(0, Math.Min(_block.Length, buffer.Length));
            var got = ReadAsync(block, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            block.Span[..got].CopyTo(buffer);
            return got;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    var got = await owner.InTimeAsync(late => _body.ReadAsync(buffer, late).AsTask(), cancellation).ConfigureAwait(false);
                    _at += got;
                    _broken = got > 0 ? 0 : _broken;
                    Interlocked.Add(ref owner._bytes, got);
                    return got;
                }
                catch (StoreReadException e) when (Passes(e) && ++_broken < MostTries)
                {
                    await _body.DisposeAsync().ConfigureAwait(false);
                    _body = await owner.OpenOnceAsync(key, _at, cancellation).ConfigureAwait(false);
                }
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _body.Dispose();
            base.Dispose(disposing);
        }
    }
}
