namespace Collector.Commands.Reading.Ui;

/// <summary>
/// Limits concurrent readers, because each needs memory: one large reader, and beside it two small ones. Thread safe.
/// </summary>
internal sealed class UiTurns : IDisposable
{
    private const int MostFollowing = 3;
    private const int MostAsking = 11;
    private const int MostSmall = 2;

    private readonly SemaphoreSlim _reading = new(1);
    private readonly SemaphoreSlim _small = new(MostSmall);
    private int _asking;
    private int _following;

    /// <summary>Counts a question from its beginning to its end; null: there are too many. Dispose the result.</summary>
    public Place? TryEnter(bool follows)
    {
        var asking = Interlocked.Increment(ref _asking);
        var following = follows ? Interlocked.Increment(ref _following) : 0;
        var place = new Place(() =>
        {
            Interlocked.Decrement(ref _asking);
            if (follows)
                Interlocked.Decrement(ref _following);
        });
        if (asking <= MostAsking && following <= MostFollowing)
            return place;
        place.Dispose();
        return null;
    }

    /// <summary>Waits until lines may be read. Dispose the returned object.</summary>
    public Task<Place> ReadAsync(CancellationToken cancellation) => EnterAsync(_reading, cancellation);

    /// <summary>Waits until a list, or the end of an object, may be read. Dispose the returned object.</summary>
    public Task<Place> ReadSmallAsync(CancellationToken cancellation) => EnterAsync(_small, cancellation);

    public void Dispose()
    {
        _reading.Dispose();
        _small.Dispose();
    }

    private static async Task<Place> EnterAsync(SemaphoreSlim slots, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation);
        return new Place(() => slots.Release());
    }

    /// <summary>A turn, until it is disposed.</summary>
    internal sealed class Place(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
