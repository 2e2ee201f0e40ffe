namespace Collector.ObjectStores.Tests.Servers;

/// <summary>Its time of day is ours and what was added; its timers are the system's.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _added;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _added));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _added, time.Ticks);
}
