using Collector.ObjectStores;

namespace Collector.Tests.Commands;

/// <summary>A store for reading that does what a test says.</summary>
internal sealed class PuppetReader : IObjectReader
{
    /// <summary>The keys that a list gives, all on one page.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public Func<ObjectQuery, ObjectPage?> List { get; init; } = _ => null;

    public Func<string, CancellationToken, Task<Stream>> Open { get; init; } = (_, _) => Task.FromResult<Stream>(new MemoryStream());

    public string Description => "the puppet";

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        var keys = Keys.Where(key => key.StartsWith(query.Prefix, StringComparison.Ordinal)).ToList();
        return Task.FromResult(List(query) ?? (query.IsByDirectory
            ? new ObjectPage([], [.. keys.Select(key => key[..(key.IndexOf('/', query.Prefix.Length) + 1)]).Distinct(StringComparer.Ordinal)], null)
            : new ObjectPage([.. keys.Select(key => new StoredObject(key, long.MaxValue, DateTimeOffset.UtcNow))], [], null)));
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => Open(key, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A body that has no end, and knows how much of it was read, and when nobody wants more.</summary>
internal sealed class EndlessBody(byte[] line) : Stream
{
    private readonly SemaphoreSlim _closed = new(0);
    private long _read;

    public long Count => Interlocked.Read(ref _read);

    public bool IsClosed { get; private set; }

    /// <summary>Waits until it is disposed, once; false when it is not in time.</summary>
    public Task<bool> WaitClosedAsync(TimeSpan patience, CancellationToken cancellation) => _closed.WaitAsync(patience, cancellation);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        for (var i = 0; i < buffer.Length; i++)
            buffer[i] = line[(_read + i) % line.Length];
        Interlocked.Add(ref _read, buffer.Length);
        return buffer.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        _closed.Release();
        base.Dispose(disposing);
    }
}
