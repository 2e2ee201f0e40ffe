namespace Collector.ObjectStores.Http;

/// <summary>
/// The time as the other side has it. Signatures and assertions are refused when their time is minutes away from the server's;
/// a node's clock may be, and nobody but the cluster's administrator can mend it (S-93). Each answer says what time it is.
/// </summary>
internal sealed class ServerClock(TimeProvider clock)
{
    /// <summary>What is nearer is the way of the answer, and the whole seconds of its header.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private long _offset;

    public DateTimeOffset UtcNow => clock.GetUtcNow().AddTicks(Interlocked.Read(ref _offset));

    public void Learn(DateTimeOffset? date)
    {
        if (date is { } theirs)
        {
            var offset = theirs - clock.GetUtcNow();
            Interlocked.Exchange(ref _offset, offset.Duration() > Tolerance ? offset.Ticks : 0);
        }
    }
}
