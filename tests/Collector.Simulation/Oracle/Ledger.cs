using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>Bytes of a line in a file.</summary>
internal readonly record struct RecordPart(SimulatedInode Inode, int From, int To);

/// <summary>
/// What was written, and what the node holds of it. Time is the collector's healthy uptime: what stood there for
/// <see cref="Reading.Enough"/> of it is read, for <see cref="Reading.EnoughToSync"/> durable; what went sooner may be either.
/// </summary>
internal sealed class Ledger
{
    /// <summary>Bad bytes may repeat lines in front of them, as often as they like.</summary>
    private const int RepeatedByDamage = 100;

    private readonly Dictionary<SimulatedInode, Content> _contents = [];

    /// <summary>Streams of which a record lost a line.</summary>
    private readonly HashSet<(string Target, string Stream)> _torn = [];
    private int _names;

    public Ledger()
    {
        Reading = new Reading(this);
        Copies = new Copies(this);
        Losses = new Losses(this);
    }

    /// <summary>What the collector has looked at, and for how long.</summary>
    public Reading Reading { get; }

    /// <summary>Which file's content is another's.</summary>
    public Copies Copies { get; }

    /// <summary>What went, and what of it is to be counted.</summary>
    public Losses Losses { get; }

    public List<WrittenRecord> Records { get; } = [];

    public TimeSpan Uptime { get; private set; }

    public bool IsUp { get; set; }

    /// <summary>Whether the process has died, and its last turn is being left: what it closes it has not looked at.</summary>
    public Func<bool> IsDying { get; set; } = () => false;

    /// <summary>Whether a record is a container's.</summary>
    public Func<WrittenRecord, bool> IsContainers { get; set; } = _ => false;

    /// <summary>Whether what outputs want of its container has changed a moment ago.</summary>
    public Func<WrittenRecord, bool> IsChanging { get; set; } = _ => false;

    /// <summary>Whose log a content is, for which of them is the newest.</summary>
    public Func<Content, string> LogOf { get; set; } = content => content.Records.First().Target;

    /// <summary>What outputs may expect of a container's record that stands in another file, too.</summary>
    public Func<WrittenRecord, Claim[]> ClaimsAgain { get; set; } = record => record.Claims;

    /// <summary>Whether the name of a file makes it a source file.</summary>
    public Func<SimulatedInode, NameClaim> ClaimOf { get; set; } = _ => NameClaim.Taken;

    /// <summary>The directory of a file's name, or of its last one.</summary>
    public Func<SimulatedInode, string?> DirectoryOf { get; set; } = _ => null;

    /// <summary>How often the wall clock has been set back.</summary>
    public Func<int> Epoch { get; set; } = () => 0;

    /// <summary>The wall clock, in Unix nanoseconds; the greatest number where files do not tell when they were born.</summary>
    public Func<long> FileTime { get; set; } = () => long.MaxValue;

    /// <summary>A rotated file was damaged: what of its records is stored, and as what, is not foreseen.</summary>
    public bool HasDamage { get; private set; }

    public IReadOnlyCollection<Content> Contents => _contents.Values;

    public Content Of(SimulatedInode inode)
    {
        if (!_contents.TryGetValue(inode, out var content))
        {
            _contents.Add(inode, content = new Content(inode, _names++) { BornAt = Uptime, BornIn = Epoch() });
        }

        return content;
    }

    public Content? Find(SimulatedInode inode) => _contents.GetValueOrDefault(inode);

    /// <summary>A record is whole.</summary>
    /// <param name="record">As it is to be stored.</param>
    /// <param name="parts">Where its lines stand.</param>
    public void Wrote(WrittenRecord record, IReadOnlyList<RecordPart> parts)
    {
        (record.Since, record.WrittenAmid) = (Uptime, Reading.Turn);
        record.IsSpread = parts.Any(p => p.Inode != parts[0].Inode);
        Records.Add(record);
        if (_torn.Remove((record.Target, record.Stream)))
        {
            record.MayBeInPieces = true;
            Array.Fill(record.Claims, Claim.Maybe);
        }

        foreach (var part in parts)
        {
            var content = Of(part.Inode);
            if (part.Inode.Links == 0 && record.Pieces.Count > 0)
            {
                // A line of it went before its last one was written.
                MayBeInPieces(record);
            }

            content.Add(part.From, part.To, record);
            if (content.IsHeldOpen && content.BornIn != Epoch())
            {
                record.HasNoOrder = true;
            }

            Losses.MarkRewritten(content);
            if (content.MayBeAnother)
            {
                MayBeInPieces(record);
            }

            if (content.IsAbandoned)
            {
                Array.Fill(record.Claims, Claim.Maybe);
            }
        }
    }

    public void Cut(SimulatedInode inode, int length)
    {
        var content = Of(inode);
        if (length > 0)
        {
            Copies.DoubtAll(content);
        }

        var former = new FormerContent([.. content.Records], content.Records.TakeWhile(r => Reading.IsRead(content, r)).Count(), Uptime);
        var isRead = content.Behind(length).Any(r => Reading.IsRead(content, r));
        content.ShortenedAt = length > 0 && !isRead ? Uptime : content.ShortenedAt;

        Copies.OriginalGoes(content, isTruncated: true);
        Copies.Settle(content);
        Losses.Going(content);
        foreach (var (record, bytes) in content.CutAt(length))
        {
            Losses.Leave(content, record, bytes, isDeleted: false);
        }

        if (length == 0)
        {
            // Nobody has looked between two truncations: what was there before the first of them counts.
            former = content is { Former: { } earlier } && former.Read == 0 && Uptime - earlier.At < Reading.Enough ? earlier : former;
            Losses.Went(content);
            _contents.Remove(inode);
            Of(inode).Former = former;
        }
        else
        {
            if (!IsUp)
            {
                // What is left of it may be new content, and what had been in it may have been more.
                Losses.Went(content);
            }

            (content.ShortenedAt, content.Former) = (Uptime, former);
        }
    }

    /// <summary>A name was taken away.</summary>
    public void Unlinked(SimulatedInode inode)
    {
        if (inode.Links > 0)
        {
            // A copy may have lost its live name, and with it what told that its writer had made it.
            Copies.Renamed(inode, isLive: false);
            return;
        }

        var content = Of(inode);
        Copies.Settle(content);
        if (inode.OpenHandles > 0 && content.BornIn != Epoch())
        {
            // Without a name only the times of its lines tell where it belongs, and the clock was set back since then.
            content.LoseOrder();
        }

        if (IsUp && inode.OpenHandles > 0 && !Reading.IsOpenForThisTurn(inode))
        {
            (content.IsHeldOpen, content.UnlinkedAt) = (true, (Uptime, FileTime()));
            return;
        }

        End(content);
    }

    /// <summary>What was not read of it yet is lost, or not, as the damage has it.</summary>
    public void Damaged(SimulatedInode inode)
    {
        HasDamage = true;
        var content = Of(inode);
        content.IsDamaged = true;
        if (content.LookedAt is not { } looked || Uptime - looked < Reading.EnoughToSync || content.CopyOf is not null || content.IsKnownByBytesAlone)
        {
            // What cannot be read cannot be compared: it may be another file. What is undecided has not been read.
            content.Doubt();
            foreach (var record in content.Records)
            {
                record.MoreAllowed += RepeatedByDamage;
            }
        }

        if (content.CopyOf is not null || content.IsAgain)
        {
            // Whether it is a file of its own is anybody's guess by now.
            content.Doubt();
            (content.CopyOf, content.IsAgain) = (null, false);
        }

        // What is not durable yet, a power failure has read again: from the damaged file.
        foreach (var record in content.Records.Where(r => !r.IsSecured || Uptime - r.Since < Reading.EnoughToSync))
        {
            record.MoreAllowed += RepeatedByDamage;
            Array.Fill(record.Claims, Claim.Maybe);
        }
    }

    /// <summary>The collector ran for so long, and was well.</summary>
    public void Tick(TimeSpan time)
    {
        Uptime += time;
        Losses.Tick(FileTime());
    }

    /// <summary>The collector ran for so long, with what was wrong with it: it may have decided what only time decides.</summary>
    public void TickUnwell(TimeSpan time)
    {
        foreach (var copy in Contents.Where(c => c.CopyOf is not null))
        {
            copy.UnwellSinceCopied += time;
        }
    }

    /// <summary>The process has ended. What it held open is gone; what it may not have committed or synced may have to be read again.</summary>
    public void LifeEnded(bool isPowerLoss)
    {
        Copies.LifeEnded();
        Reading.TellNewest();
        foreach (var content in _contents.Values.Where(c => c.IsHeldOpen).ToList())
        {
            End(content);
        }

        Losses.LifeEnded();
        Reading.LifeEnded(isPowerLoss);
    }

    /// <summary>Nothing leads to it any more.</summary>
    public void End(Content content)
    {
        Copies.OriginalGoes(content, isTruncated: false);
        Losses.Going(content);
        Losses.LeaveUnfinished(content);
        foreach (var (record, bytes) in content.CutAt(-1))
        {
            Losses.Leave(content, record, bytes, isDeleted: !content.IsHeldOpen);
        }

        Losses.Went(content);
        _contents.Remove(content.Inode);
    }

    /// <summary>With a line of it gone unread its others go by themselves, or with those of the next record of the stream.</summary>
    public void MayBeInPieces(WrittenRecord record)
    {
        record.MayBeInPieces = true;
        Array.Fill(record.Claims, Claim.Maybe);
        Tear(record.Target, record.Stream);
    }

    /// <summary>What is left of a record is joined with the next one of its stream, which may have been written before the rest went.</summary>
    public void TearNext(WrittenRecord record)
    {
        if (Records.Where(r => r.Target == record.Target && r.Stream == record.Stream && r.Sequence > record.Sequence).MinBy(r => r.Sequence) is { } next)
        {
            next.MayBeInPieces = true;
            Array.Fill(next.Claims, Claim.Maybe);
        }
    }

    /// <summary>The next record of the stream may have lines of another one.</summary>
    public void Tear(string target, string stream) => _torn.Add((target, stream));
}
