namespace Collector.ObjectStores.Tests;

/// <summary>The real time plus what a test adds; timers fire only when a test adds it. Thread safe.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ShiftedTimer> _timers = [];
    private TimeSpan _shift;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return base.GetUtcNow() + _shift;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ShiftedTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Time passes.</summary>
    public void Advance(TimeSpan time)
    {
        ShiftedTimer[] due;
        lock (_gate)
        {
            _shift += time;
            due = [.. _timers.ToArray().Where(timer => timer.DueAfter(time))];
        }

        foreach (var timer in due)
        {
            timer.Fire();
        }
    }

    /// <summary>Somebody sets the clock; no time passes.</summary>
    public void Step(TimeSpan by)
    {
        lock (_gate)
        {
            _shift += by;
        }
    }

    private sealed class ShiftedTimer(ShiftedClock clock, Action fire) : ITimer
    {
        private TimeSpan _left;

        public void Fire() => fire();

        /// <summary>Whether it is due when so much time has passed; if so, it is disarmed.</summary>
        public bool DueAfter(TimeSpan time)
        {
            _left -= time;
            return _left <= TimeSpan.Zero && clock._timers.Remove(this);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _left = dueTime;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
