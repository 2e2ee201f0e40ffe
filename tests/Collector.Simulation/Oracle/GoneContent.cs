namespace Collector.Simulation.Oracle;

/// <summary>
/// A content that went, of lines that others have, too. A file that is born after the collector has surely seen that it went is no
/// copy of it: a copy is made before its original goes (Following/DESIGN.md).
/// </summary>
/// <param name="records">What it held.</param>
/// <param name="read">How many of them, from the first on, the collector had surely read. By the others it cannot tell another file.</param>
/// <param name="birthTime">Of its inode.</param>
/// <param name="wentAt">Healthy uptime.</param>
/// <param name="epoch">How often the wall clock had gone back then.</param>
internal sealed class GoneContent(IReadOnlyList<WrittenRecord> records, int read, long birthTime, TimeSpan wentAt, int epoch)
{
    public IReadOnlyList<WrittenRecord> Records { get; } = records;

    /// <summary>How many of them another file must have, too, to be taken for what is left of it.</summary>
    public int Known { get; } = Math.Max(1, read);

    public long BirthTime { get; } = birthTime;

    /// <summary>Healthy uptime when this life could first see that it has gone.</summary>
    private TimeSpan _since = wentAt;

    private TimeSpan? _seenAt;
    private long _seenTime;

    /// <summary>The collector held its descriptor when its last name went, which tells the moment, and let it go later.</summary>
    public void HeldOpenAt(TimeSpan uptime, long time) => (_since, _seenAt, _seenTime) = (uptime, uptime, time);

    /// <summary>The collector ran, and was well.</summary>
    public void Tick(TimeSpan uptime, long time)
    {
        if (_seenAt is null && uptime - _since >= Reading.Enough)
        {
            (_seenAt, _seenTime) = (uptime, time);
        }
    }

    /// <summary>A later life sees it anew, unless its end was noted.</summary>
    public void LifeEnded(TimeSpan uptime, TimeSpan enoughToNote)
    {
        if (uptime - _since < enoughToNote)
        {
            (_since, _seenAt) = (uptime, null);
        }
        else
        {
            _since = TimeSpan.MinValue / 2;
        }
    }

    /// <summary>Whether a content is surely none of it.</summary>
    public bool IsSurelyBefore(Content content) =>
        _seenAt is { } seen && content.BornAt >= seen && content.BornIn == epoch && content.Inode.BirthTime > _seenTime;
}
