using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// What happens when an exception ends a step (I6), decided here alone: the one thing of the step is parked, and everything else
/// goes on. It counts as parked until one of its steps succeeds, each change is one line in the log, and retries wait for a pause
/// that doubles. Thread safe.
/// </summary>
internal sealed partial class Parking(TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>A thing without a retry for this long no longer exists.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Thing, string Step), Parked> _parked = [];
    private volatile int _count;

    /// <summary>How many things are parked now.</summary>
    public int Count
    {
        get
        {
            if (_count > 0)
            {
                RemoveForgotten();
            }

            return _count;
        }
    }

    /// <summary>Runs a step, unless its thing is parked and the pause is not over. True: the step was completed.</summary>
    /// <param name="thing">What is parked if the step fails: a path, a chain, an output; its name in the log.</param>
    /// <param name="step">What is done, as the object of a sentence.</param>
    /// <param name="action">The step.</param>
    public bool Try(string thing, string step, Action action)
    {
        if (IsPaused(thing, step))
        {
            return false;
        }

        try
        {
            action();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Failed(thing, step, e);
            return false;
        }

        Worked(thing, step);
        return true;
    }

    /// <summary>Parks a thing, and returns for how long.</summary>
    public TimeSpan Failed(string thing, string step, Exception error)
    {
        TimeSpan pause;
        bool isFirst;
        lock (_lock)
        {
            var failures = _parked.TryGetValue((thing, step), out var before) ? before.Failures : 0;
            isFirst = failures == 0;
            pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, ShortestPause.Ticks << Math.Min(failures, 16)));
            _parked[(thing, step)] = new Parked(failures + 1, clock.GetTimestamp(), pause, error.Message);
            _count = _parked.Count;
        }

        if (isFirst)
        {
            LogParked(LogText.Shorten(thing), step, error);
        }

        return pause;
    }

    /// <summary>The step was completed.</summary>
    public void Worked(string thing, string step)
    {
        if (_count > 0 && Remove((thing, step)))
        {
            LogUnparked(LogText.Shorten(thing), step);
        }
    }

    /// <summary>The parked things, at most that many.</summary>
    public IReadOnlyList<(string Thing, string Step, string Why)> List(int most)
    {
        lock (_lock)
        {
            return [.. _parked.Take(most).Select(p => (p.Key.Thing, p.Key.Step, p.Value.Why))];
        }
    }

    private bool IsPaused(string thing, string step)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_lock)
        {
            return _parked.TryGetValue((thing, step), out var parked) && clock.GetElapsedTime(parked.Since) < parked.Pause;
        }
    }

    private bool Remove((string Thing, string Step) key)
    {
        lock (_lock)
        {
            var isRemoved = _parked.Remove(key);
            _count = _parked.Count;
            return isRemoved;
        }
    }

    private void RemoveForgotten()
    {
        lock (_lock)
        {
            foreach (var (key, parked) in _parked)
            {
                if (clock.GetElapsedTime(parked.Since) > Forgotten)
                {
                    _parked.Remove(key);
                }
            }

            _count = _parked.Count;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Thing} is parked: {Step} failed with the error below; it is skipped until a retry succeeds (the pause between retries grows to a minute), and everything else goes on")]
    private partial void LogParked(string thing, string step, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Thing} is no longer skipped: {Step} succeeds again")]
    private partial void LogUnparked(string thing, string step);

    private readonly record struct Parked(int Failures, long Since, TimeSpan Pause, string Why);
}
