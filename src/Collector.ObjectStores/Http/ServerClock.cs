namespace Collector.ObjectStores.Http;

/// <summary>
/// The time by the server's clock. Signatures and assertions are refused when their time is minutes off. A node's clock may be
/// wrong, and only the cluster's administrator can correct it (S-93). Each answer has the server's time.
/// </summary>
internal sealed class ServerClock(TimeProvider clock)
{
    /// <summary>Smaller differences come from the network and from the header's whole seconds.</summary>
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
