using System.Collections.Concurrent;
using Collector.ObjectStores;

namespace Collector.Reading;

/// <summary>
/// Gets objects, small ones ahead of time. At most <see cref="MostAhead"/> bodies of at most <see cref="Small"/> bytes are held,
/// from when they are asked for until they are read.
/// </summary>
internal sealed class ObjectFetcher(IObjectReader reader) : IAsyncDisposable
{
    public const int MostAhead = 16;

    /// <summary>Larger ones are read as they arrive.</summary>
    private const int Small = 512 * 1024;

    private readonly ConcurrentDictionary<string, Task<byte[]>> _held = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Begins to fetch one that will be read soon, when there is room; without a word when it fails: it is asked for again.</summary>
    public void Ahead(StoredObject item)
    {
        if (item.Length <= Small && _held.Count < MostAhead)
            _ = _held.GetOrAdd(item.Key, _ => Task.Run(() => FetchAsync(item, 0, _stop.Token)));
    }

    /// <summary>All of an object.</summary>
    public async Task<Stream> OpenAsync(StoredObject item, CancellationToken cancellation)
    {
        if (item.Length > Small)
            return await reader.OpenAsync(item.Key, 0, cancellation).ConfigureAwait(false);

        if (_held.TryRemove(item.Key, out var ahead))
        {
            try
            {
                return new MemoryStream(await ahead.WaitAsync(cancellation).ConfigureAwait(false), writable: false);
            }
            catch (StoreReadException)
            {
                // Once more, in turn: then it counts.
            }
        }

        return new MemoryStream(await FetchAsync(item, 0, cancellation).ConfigureAwait(false), writable: false);
    }

    /// <summary>The end of an object. Of a small one it is all of it, which is kept for <see cref="OpenAsync"/> when there is room.</summary>
    /// <returns>The bytes, and where in the object they begin.</returns>
    public async Task<(byte[] Bytes, long Offset)> EndAsync(StoredObject item, int bytes, int whole, CancellationToken cancellation)
    {
        if (item.Length > whole)
            return (await FetchAsync(item, item.Length - bytes, cancellation).ConfigureAwait(false), item.Length - bytes);

        if (_held.TryGetValue(item.Key, out var ahead))
            return (await ahead.WaitAsync(cancellation).ConfigureAwait(false), 0);
        var body = await FetchAsync(item, 0, cancellation).ConfigureAwait(false);
        if (_held.Count < MostAhead)
            _held.TryAdd(item.Key, Task.FromResult(body));
        return (body, 0);
    }

    /// <summary>It will not be read: its room is for others.</summary>
    public void Forget(StoredObject item) => _held.TryRemove(item.Key, out _);

    /// <summary>What is held will be asked for late: the room is for others.</summary>
    public void ForgetAll() => _held.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_held.Values).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreReadException or OperationCanceledException)
        {
            // Nobody waits for them any more.
        }

        _stop.Dispose();
    }

    private async Task<byte[]> FetchAsync(StoredObject item, long offset, CancellationToken cancellation)
    {
        await using var body = await reader.OpenAsync(item.Key, offset, cancellation).ConfigureAwait(false);
        var bytes = GC.AllocateUninitializedArray<byte>((int)Math.Max(0, item.Length - offset));
        var length = body.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length == bytes.Length ? bytes : bytes[..length];
    }
}
