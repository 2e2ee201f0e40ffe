namespace Collector.ObjectStores.S3;

/// <summary>The time that the store believes it is: ours, until it has said that ours is wrong. Thread safe.</summary>
internal sealed class StoreClock(TimeProvider time)
{
    private long _offset;

    public DateTimeOffset Now => time.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));

    /// <summary>The store has just said what time it is. Set, not added: several attempts may be told so at once.</summary>
    public void Correct(DateTimeOffset theirs) => Interlocked.Exchange(ref _offset, (theirs - time.GetUtcNow()).Ticks);
}
