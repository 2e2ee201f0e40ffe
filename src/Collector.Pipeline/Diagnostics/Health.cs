namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Whether every loop still turns (<c>/healthz</c>). It knows nothing of stores or space: a store that is down, or a full
/// buffer, makes a loop wait, and a loop that waits still turns. Thread safe.
/// </summary>
public sealed class Health
{
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly List<Heartbeat> _loops = [];

    public Health(TimeProvider clock) => _clock = clock;

    /// <summary>
    /// From now on <paramref name="loop"/> must beat at least once per <paramref name="deadline"/>, until the heartbeat is
    /// disposed, which a loop does when it ends in order.
    /// </summary>
    public Heartbeat Register(string loop, TimeSpan deadline)
    {
        var heartbeat = new Heartbeat(this, loop, deadline, _clock);
        lock (_gate)
        {
            _loops.Add(heartbeat);
        }

        return heartbeat;
    }

    /// <summary>The loops that have made no progress within their deadline, and how long ago they last did; empty when all is well.</summary>
    public IReadOnlyList<(string Loop, TimeSpan Silence)> Stalled()
    {
        lock (_gate)
        {
            return [.. _loops.Where(loop => loop.IsLate).Select(loop => (loop.Loop, loop.Silence))];
        }
    }

    /// <summary>The loops that have had no beat for <paramref name="time"/>, whatever their deadline; without loops that may block now.</summary>
    public IReadOnlyList<(string Loop, TimeSpan Silence)> Silent(TimeSpan time)
    {
        lock (_gate)
        {
            return [.. _loops.Where(loop => loop.IsSilent(time)).Select(loop => (loop.Loop, loop.Silence))];
        }
    }

    internal void Remove(Heartbeat heartbeat)
    {
        lock (_gate)
        {
            _loops.Remove(heartbeat);
        }
    }
}
