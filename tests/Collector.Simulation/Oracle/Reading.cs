using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>
/// What the collector has looked at, and for how long. Files that it opens only to search them for moved or copied content do
/// not count: their names must be taken, or their content known.
/// </summary>
internal sealed class Reading(Ledger ledger) : ISourceObserver
{
    /// <summary>A scan, the longest poll, and the second for which a container that ended has to be still, twice.</summary>
    public static readonly TimeSpan Enough = TimeSpan.FromSeconds(5);

    /// <summary><see cref="Enough"/>, and the interval of syncing.</summary>
    public static readonly TimeSpan EnoughToSync = TimeSpan.FromSeconds(12);

    /// <summary>Files that a look of this turn has opened, maybe only to see what they begin with.</summary>
    private readonly HashSet<SimulatedInode> _openedNow = [];

    /// <summary>The turn that is running; 0: none is.</summary>
    public int Turn { get; private set; }

    private int _turns;

    public void TurnBegins()
    {
        _openedNow.Clear();
        Turn = ++_turns;
    }

    /// <summary>What a look opens and does not take, it closes: that look may not have held, if something happened in the turn.</summary>
    public void TurnEnds(bool isInterrupted)
    {
        Turn = 0;
        foreach (var (inode, content) in _openedNow.Select(i => (i, ledger.Find(i))))
        {
            if (content is not null && inode.OpenHandles > 0 && Counts(content))
            {
                content.OpenedAt ??= ledger.Uptime;
            }
            else if (content is { IsProven: false } && isInterrupted && content.OpenedAt == ledger.Uptime)
            {
                content.OpenedAt = null;
            }
        }

        _openedNow.Clear();
    }

    /// <summary>Whether the descriptors of a file may be closed in the turn that opened them, read or not.</summary>
    public bool IsOpenForThisTurn(SimulatedInode inode) => _openedNow.Contains(inode);

    /// <summary>
    /// A name goes in the middle of a turn: the look that has opened files does not hold, and those that were taken because of that
    /// name may not be taken any more. They are read when they are opened again, or kept open.
    /// </summary>
    public void LosesAName()
    {
        foreach (var content in _openedNow.Select(ledger.Find).Where(c => c is { IsProven: false } && c.OpenedAt == ledger.Uptime))
        {
            content!.OpenedAt = null;
        }
    }

    /// <summary>Whether a record stood in a content that the collector has open for long enough.</summary>
    public bool IsRead(Content content, WrittenRecord record) =>
        content.OpenedAt is { } opened && ledger.Uptime - Later(opened, record.Since) >= Enough;

    public bool IsProven(Content content) =>
        content.IsProven || (content.OpenedAt is { } opened && content.Records.Any(r => IsToBeKnown(r) && ledger.Uptime - Later(r.Since, opened) >= EnoughToSync));

    /// <summary>A life ends: which contents are the newest of their logs, as far as it knew.</summary>
    public void TellNewest()
    {
        foreach (var log in ledger.Contents.Where(c => c.Count > 0).GroupBy(ledger.LogOf))
        {
            // What came behind the newest that it surely kept it may have kept, too.
            var proven = log.Where(c => !c.IsShared && IsProven(c)).Select(c => c.Number).DefaultIfEmpty(-1).Max();
            foreach (var content in log)
            {
                content.IsNewest = content.OpenedAt is not null && content.Number >= proven;
            }
        }
    }

    /// <summary>What was read and is not durable is to be read again, or gone.</summary>
    public void PowerLost()
    {
        foreach (var record in ledger.Records.Where(r => r.IsSecured && ledger.Uptime - r.Since < EnoughToSync))
        {
            ledger.Losses.Unsecure(record);
            if (record.Pieces.Count > 0 && record.BytesGone > 0)
            {
                // A line of it went with its file, and its others are read again.
                ledger.MayBeInPieces(record);
            }
        }
    }

    public void LifeEnded(bool isPowerLoss)
    {
        foreach (var content in ledger.Contents)
        {
            content.IsProven = IsProven(content);

            // The minute of an undecided file begins anew with each start.
            content.OpenedAt = !content.IsProven ? null : ledger.Losses.IsUndecided(content) ? ledger.Uptime : content.OpenedAt;
        }

        var enough = isPowerLoss ? EnoughToSync : Enough;
        foreach (var record in ledger.Records)
        {
            if (record.GoneAt is null && ledger.Uptime - record.Since < enough)
            {
                record.Since = ledger.Uptime;
            }
        }
    }

    public void Seen(SimulatedInode inode, long size)
    {
        // Sizes tell nothing yet: what was seen and not read is known in a range only.
    }

    public void Opened(SimulatedInode inode)
    {
        var content = ledger.Of(inode);
        content.LookedAt ??= ledger.Uptime;
        if (inode.OpenHandles == 0)
        {
            _openedNow.Add(inode);
        }

        if (content.OpenedAt is null && Counts(content))
        {
            content.OpenedAt = ledger.Uptime;
            ledger.Losses.Opened(content);
        }
    }

    public void Closed(SimulatedInode inode)
    {
        if (ledger.IsUp && !ledger.IsDying() && ledger.Find(inode) is { IsHeldOpen: true } content)
        {
            foreach (var record in content.Records)
            {
                // It was held until the collector itself let it go: it must have what was in it, when it looked at it last. Of a record
                // that ends in another file it has a part.
                record.IsSecured |= !record.IsSpread && (record.WrittenAmid != Turn || Turn == 0);
            }

            ledger.End(content);
        }
    }

    /// <summary>Of a container that nobody is sure to have no file is sure to be opened, and none to be known by its inode.</summary>
    private bool IsToBeKnown(WrittenRecord record) => !ledger.IsContainers(record) || record.Claims[0] == Claim.Wanted;

    private bool Counts(Content content) => content.IsProven || content.OpenedAt is not null || ledger.ClaimOf(content.Inode) >= NameClaim.Taken;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
