using Collector.ObjectStores;

namespace Collector.Reading.Tests.Costs;

/// <summary>Counts the bodies that nobody has disposed.</summary>
internal sealed class OpenBodies(IObjectReader inner) : IObjectReader
{
    private int _opened;
    private int _closed;

    public int Opened => _opened;

    public int Open => _opened - _closed;

    public string Description => inner.Description;

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        await using var body = await inner.OpenAsync(key, offset, cancellationToken);
        var copy = new Body(this);
        await body.CopyToAsync(copy, cancellationToken);
        copy.Position = 0;
        Interlocked.Increment(ref _opened);
        return copy;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Body(OpenBodies owner) : MemoryStream
    {
        private bool _isClosed;

        protected override void Dispose(bool disposing)
        {
            if (!_isClosed)
                Interlocked.Increment(ref owner._closed);
            _isClosed = true;
            base.Dispose(disposing);
        }
    }
}
