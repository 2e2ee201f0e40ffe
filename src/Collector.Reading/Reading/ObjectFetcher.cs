using System.Collections.Concurrent;
using Collector.ObjectStores;

namespace Collector.Reading;

/// <summary>
/// Gets objects, small ones ahead of time. At most <see cref="MostAhead"/> bodies, and <see cref="MostAheadBytes"/> of them, are
/// held from their request until they are opened; open ones, of at most <see cref="MostOpenBytes"/>, until they are read.
/// </summary>
/// <remarks>
/// A merge of fifty containers often comes to the end of an object, and would wait for a round trip each time: so as many are
/// fetched ahead as are usually merged.
/// </remarks>
internal sealed class ObjectFetcher(IObjectReader reader) : IAsyncDisposable
{
    public const int MostAhead = 64;

    private const long MostAheadBytes = 12 << 20;

    /// <summary>Larger ones are read as they arrive.</summary>
    private const int Small = 512 * 1024;

    /// <summary>Above it small ones, too, are read as they arrive: there may be as many as sequences.</summary>
    private const long MostOpenBytes = 6 << 20;

    private long _openBytes;

    private readonly ConcurrentDictionary<string, HeldBody> _held = new(StringComparer.Ordinal);
    private long _heldBytes;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>
    /// Begins to fetch an object that will be read soon, if there is room. A failure is ignored, because the object is requested
    /// again.
    /// </summary>
    public void Ahead(StoredObject item)
    {
        if (HasRoom(item) && !_held.ContainsKey(item.Key))
            Hold(item.Key, new HeldBody(Task.Run(() => FetchAsync(item, 0, _stop.Token)), item.Length));
    }

    /// <summary>All of an object.</summary>
    public Task<Stream> OpenAsync(StoredObject item, CancellationToken cancellation) => OpenFromAsync(item, 0, cancellation);

    /// <summary>An object from one of its bytes on.</summary>
    public async Task<Stream> OpenFromAsync(StoredObject item, long offset, CancellationToken cancellation)
    {
        if (Release(item.Key) is { } ahead)
        {
            try
            {
                return new OpenBody(this, await ahead.Bytes.WaitAsync(cancellation).ConfigureAwait(false)) { Position = offset };
            }
            catch (StoreReadException)
            {
                // Another try, in turn: this one counts.
            }
        }

        return item.Length - offset <= Small && Interlocked.Read(ref _openBytes) + item.Length - offset <= MostOpenBytes
            ? new OpenBody(this, await FetchAsync(item, offset, cancellation).ConfigureAwait(false))
            : await reader.OpenAsync(item.Key, offset, cancellation).ConfigureAwait(false);
    }

    /// <summary>All of a small object, which is kept for <see cref="OpenAsync"/> when there is room.</summary>
    public async Task<byte[]> KeepAsync(StoredObject item, CancellationToken cancellation)
    {
        if (_held.TryGetValue(item.Key, out var ahead))
            return await ahead.Bytes.WaitAsync(cancellation).ConfigureAwait(false);
        var body = await FetchAsync(item, 0, cancellation).ConfigureAwait(false);
        if (HasRoom(item))
            Hold(item.Key, new HeldBody(Task.FromResult(body), item.Length));
        return body;
    }

    /// <summary>The last bytes of a larger object.</summary>
    public Task<byte[]> EndAsync(StoredObject item, long bytes, CancellationToken cancellation) => FetchAsync(item, item.Length - bytes, cancellation);

    /// <summary>The object will not be read, so its room is free for others.</summary>
    public void Forget(StoredObject item) => Release(item.Key);

    /// <summary>The fetched bodies will be read late, so their room is freed for others.</summary>
    public void ForgetAll()
    {
        foreach (var key in _held.Keys)
            Release(key);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_held.Values.Select(held => held.Bytes)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreReadException or OperationCanceledException)
        {
            // Nobody waits for them any more.
        }

        _stop.Dispose();
    }

    private bool HasRoom(StoredObject item) =>
        item.Length <= Small && _held.Count < MostAhead && Interlocked.Read(ref _heldBytes) + item.Length <= MostAheadBytes;

    private void Hold(string key, HeldBody body)
    {
        if (_held.TryAdd(key, body))
            Interlocked.Add(ref _heldBytes, body.Length);
    }

    private HeldBody? Release(string key)
    {
        if (_held.TryRemove(key, out var held))
            Interlocked.Add(ref _heldBytes, -held.Length);
        return held;
    }

    private async Task<byte[]> FetchAsync(StoredObject item, long offset, CancellationToken cancellation)
    {
        await using var body = await reader.OpenAsync(item.Key, offset, cancellation).ConfigureAwait(false);
        var bytes = GC.AllocateUninitializedArray<byte>((int)Math.Max(0, item.Length - offset));
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return length == bytes.Length ? bytes : bytes[..length];
    }

    /// <summary>A body that is fetched, or on its way.</summary>
    private sealed record HeldBody(Task<byte[]> Bytes, long Length);

    /// <summary>A body in memory that counts as open until it is disposed.</summary>
    private sealed class OpenBody : MemoryStream
    {
        private readonly ObjectFetcher _owner;
        private long _counted;

        public OpenBody(ObjectFetcher owner, byte[] bytes)
            : base(bytes, writable: false)
        {
            (_owner, _counted) = (owner, bytes.Length);
            Interlocked.Add(ref owner._openBytes, _counted);
        }

        protected override void Dispose(bool disposing)
        {
            Interlocked.Add(ref _owner._openBytes, -_counted);
            _counted = 0;
            base.Dispose(disposing);
        }
    }
}
