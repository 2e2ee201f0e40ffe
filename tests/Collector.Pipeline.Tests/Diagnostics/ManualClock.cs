namespace Collector.Pipeline.Tests.Diagnostics;

/// <summary>Time that moves only when told. The wall clock can step apart from the monotonic one.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _wall = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _wall;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan time)
    {
        _ticks += time.Ticks;
        _wall += time;
    }

    public void StepWallClock(TimeSpan by) => _wall += by;
}
