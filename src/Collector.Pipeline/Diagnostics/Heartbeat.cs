namespace Collector.Pipeline.Diagnostics;

/// <summary>One loop's sign of life, from <see cref="Health.Register"/>. Thread safe; a beat is one write.</summary>
public sealed class Heartbeat : IDisposable
{
    private readonly Health _health;
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _clock;
    private long _lastBeat;
    private int _pauses;

    internal Heartbeat(Health health, string loop, TimeSpan deadline, TimeProvider clock)
    {
        _health = health;
        _deadline = deadline;
        _clock = clock;
        Loop = loop;
        _lastBeat = clock.GetTimestamp();
    }

    public string Loop { get; }

    /// <summary>Time since the last beat, by a monotonic clock.</summary>
    internal TimeSpan Silence => _clock.GetElapsedTime(Volatile.Read(ref _lastBeat));

    internal bool IsLate => IsSilent(_deadline);

    internal bool IsSilent(TimeSpan time) => Volatile.Read(ref _pauses) == 0 && Silence > time;

    /// <summary>The loop has turned.</summary>
    public void Beat() => Volatile.Write(ref _lastBeat, _clock.GetTimestamp());

    /// <summary>
    /// No beat is expected until the result is disposed, which beats: for a step that may block longer than the deadline and has a
    /// limit of its own. May be nested.
    /// </summary>
    public Pausing Pause()
    {
        Interlocked.Increment(ref _pauses);
        return new Pausing(this);
    }

    /// <summary>The loop has ended in order.</summary>
    public void Dispose() => _health.Remove(this);

    private void Resume()
    {
        Beat();
        Interlocked.Decrement(ref _pauses);
    }

    /// <summary>A pause; disposed once, where the long step ends.</summary>
    public readonly struct Pausing : IDisposable
    {
        private readonly Heartbeat _heartbeat;

        internal Pausing(Heartbeat heartbeat) => _heartbeat = heartbeat;

        public void Dispose() => _heartbeat.Resume();
    }
}
