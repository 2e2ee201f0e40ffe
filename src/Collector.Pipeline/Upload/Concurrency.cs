namespace Collector.Pipeline.Upload;

/// <summary>
/// How many attempts of an output may be in flight: halved when the store throttles, one more after as many objects in a row as are
/// allowed at once. Attempts that were throttled together halve it once: those from before the last halving do not count. Thread
/// safe.
/// </summary>
internal sealed class Concurrency
{
    /// <summary>Enough to hide a store's latency, few enough for a node's memory and sockets.</summary>
    public const int Most = 4;

    private readonly Lock _lock = new();
    private int _allowed = Most;
    private int _successes;
    private int _epoch;

    /// <summary>Attempts that may be in flight now, at least one.</summary>
    public int Allowed => Volatile.Read(ref _allowed);

    /// <summary>An attempt begins; pass the result to <see cref="Throttled"/>.</summary>
    public int Begin() => Volatile.Read(ref _epoch);

    public void Throttled(int epoch)
    {
        lock (_lock)
        {
            if (epoch == _epoch)
            {
                _epoch++;
                _allowed = Math.Max(1, _allowed / 2);
                _successes = 0;
            }
        }
    }

    public void Stored()
    {
        lock (_lock)
        {
            if (_allowed < Most && ++_successes >= _allowed)
            {
                _allowed++;
                _successes = 0;
            }
        }
    }
}
