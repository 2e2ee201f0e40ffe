using Collector.Pipeline.Buffer;

namespace Collector.Pipeline.Upload;

/// <summary>
/// What to do about a key that exists although it was never sent. Nearly always it is our own request, which a load balancer has
/// sent twice, and a new key solves it; but a store that says "there" to every key gets at most one new key for an object and two
/// in a row, until it has stored something. Thread safe.
/// </summary>
internal sealed class TakenKeys
{
    private const int MostInARow = 2;

    private readonly Lock _lock = new();
    private long _stored;
    private int _inARow;

    /// <summary>
    /// The store has said "there" of several keys in a row that were never sent: its word counts for nothing now.
    /// </summary>
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

    /// <summary>The store has accepted an object: it does create absent ones.</summary>
    public void Stored()
    {
        lock (_lock)
        {
            _stored++;
            _inARow = 0;
        }
    }

    /// <summary>Whether this object may get a new key; <paramref name="moment"/> moves to its copy.</summary>
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
