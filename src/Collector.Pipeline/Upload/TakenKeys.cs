using Collector.Pipeline.Buffer;

namespace Collector.Pipeline.Upload;

/// <summary>
/// What is done about a key that is taken although it was never sent. Nearly always that is our own request, which a balancer
/// has sent twice, and a new key is the way out; but a store that says "there" to every key gets no more of them: one an object
/// and two in a row, until it has stored something. Thread safe.
/// </summary>
internal sealed class TakenKeys
{
    private const int MostInARow = 2;

    private readonly Lock _lock = new();
    private long _stored;
    private int _inARow;

    /// <summary>The store has said "there" of keys that were never sent, one after the other: its word counts for nothing now.</summary>
    public bool IsDoubted
    {
        get
        {
            lock (_lock)
            {
                return _inARow >= MostInARow;
            }
        }
    }

    /// <summary>The store has taken an object: it does create what is absent.</summary>
    public void Stored()
    {
        lock (_lock)
        {
            _stored++;
            _inARow = 0;
        }
    }

    /// <summary>Whether this object may get a new key; <paramref name="moment"/> goes on to its copy.</summary>
    public bool MayRenew(BacklogItem item, out long moment)
    {
        lock (_lock)
        {
            moment = _stored;
            if (_inARow >= MostInARow || item.RenewedAt == _stored)
                return false;

            _inARow++;
            return true;
        }
    }
}
