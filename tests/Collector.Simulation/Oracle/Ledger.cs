using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>Bytes of a line in a file.</summary>
internal readonly record struct RecordPart(SimulatedInode Inode, int From, int To);

/// <summary>
/// What was written, what the node holds of it, and what the collector could look at. Time is the collector's healthy uptime:
/// what stood there for <see cref="Enough"/> of it is read, for <see cref="EnoughToSync"/> durable; what went sooner may be either.
/// </summary>
internal sealed class Ledger : ISourceObserver
{
    /// <summary>A scan, the longest poll, and the second for which a container that ended has to be still, twice.</summary>
    public static readonly TimeSpan Enough = TimeSpan.FromSeconds(5);

    /// <summary><see cref="Enough"/>, and the interval of syncing.</summary>
    public static readonly TimeSpan EnoughToSync = TimeSpan.FromSeconds(12);

    /// <summary>A copy is undecided for a minute (design R2); around it, both is right.</summary>
    private static readonly TimeSpan SurelyACopy = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan SurelyItsOwn = TimeSpan.FromSeconds(90);

    private readonly Dictionary<SimulatedInode, Content> _contents = [];

    /// <summary>Streams of which a record lost a line.</summary>
    private readonly HashSet<(string Target, string Stream)> _torn = [];
    private int _names;

    public List<WrittenRecord> Records { get; } = [];

    public TimeSpan Uptime { get; private set; }

    public bool IsUp { get; set; }

    /// <summary>Bytes of records that went while it was not sure that they were read.</summary>
    public long UnsureBytes { get; private set; }

    /// <summary>A known file went away while nobody collected: whether it had more is not known to a collector, and it may count the file.</summary>
    public bool HasVanished { get; set; }

    /// <summary>Records that were unread in a known file that was deleted while nobody collected.</summary>
    public List<WrittenRecord> MustBeCounted { get; } = [];

    /// <summary>Whether a record is a container's.</summary>
    public Func<WrittenRecord, bool> IsContainers { get; set; } = _ => false;

    /// <summary>Whether the name of a file makes it a source file.</summary>
    public Func<SimulatedInode, bool> IsTaken { get; set; } = _ => true;

    /// <summary>A rotated file was damaged: what of its records is stored, and as what, is not foreseen.</summary>
    public bool HasDamage { get; set; }

    public IEnumerable<Content> Contents => _contents.Values;

    public Content Of(SimulatedInode inode)
    {
        if (!_contents.TryGetValue(inode, out var content))
        {
            _contents.Add(inode, content = new Content(inode, $"content{_names++}"));
        }

        return content;
    }

    /// <summary>A record is whole.</summary>
    /// <param name="record">As it is to be stored.</param>
    /// <param name="parts">Where its lines stand.</param>
    public void Wrote(WrittenRecord record, IReadOnlyList<RecordPart> parts)
    {
        record.Since = Uptime;
        Records.Add(record);
        if (_torn.Remove((record.Target, record.Stream)))
        {
            record.MayBeInPieces = true;
            Array.Fill(record.Claims, Claim.Maybe);
        }

        foreach (var part in parts)
        {
            Of(part.Inode).Add(part.From, part.To, record);
        }
    }

    /// <summary>The original of a copy has grown: from now on both readings are right.</summary>
    public void GoesOn(SimulatedInode inode)
    {
        foreach (var copy in CopiesOf(Of(inode)))
        {
            if (!TryDecide(copy))
            {
                Doubt(copy);
            }
        }
    }

    public void Copied(SimulatedInode from, SimulatedInode to)
    {
        var copy = Of(to);
        copy.Share(Of(from));
        (copy.CopyOf, copy.CopiedAt) = (Of(from), Uptime);
    }

    /// <summary>A form of the same content under another inode, whose original goes at once: no file of its own.</summary>
    public void Became(SimulatedInode from, SimulatedInode to)
    {
        var (original, other) = (Of(from), Of(to));
        foreach (var record in original.Records)
        {
            record.IsSecured |= IsRead(original, record);
        }

        other.Share(original);
        other.IsProven = IsProven(original);
    }

    /// <summary>Equal content that is new by its live name (S-37, S-39).</summary>
    public void WrittenAgain(SimulatedInode from, SimulatedInode to)
    {
        var content = Of(to);
        content.Share(Of(from));
        MakeOwn(content);
    }

    public void Cut(SimulatedInode inode, int length)
    {
        var content = Of(inode);
        CopiesOf(content).ForEach(OriginalGoes);
        foreach (var (record, bytes) in content.CutAt(length))
        {
            Leave(content, record, bytes, isDeleted: false);
        }

        if (length == 0)
        {
            _contents.Remove(inode);
        }
    }

    /// <summary>A name was taken away.</summary>
    public void Unlinked(SimulatedInode inode)
    {
        if (inode.Links > 0)
        {
            return;
        }

        var content = Of(inode);
        CopiesOf(content).ForEach(OriginalGoes);
        if (IsUp && inode.OpenHandles > 0)
        {
            content.IsHeldOpen = true;
            return;
        }

        HasVanished |= !IsUp && content.OpenedAt is not null;
        End(content);
    }

    /// <summary>What was not read of it yet is lost, or not, as the damage has it.</summary>
    public void Damaged(SimulatedInode inode)
    {
        HasDamage = true;
        foreach (var record in Of(inode).Records)
        {
            Array.Fill(record.Claims, record.IsSecured ? record.Claims[0] : Claim.Maybe);
        }
    }

    public void Tick(TimeSpan time) => Uptime += time;

    /// <summary>The process has ended. What it held open is gone; what it may not have committed or synced may have to be read again.</summary>
    public void LifeEnded(bool isPowerLoss)
    {
        IsUp = false;
        foreach (var content in _contents.Values.Where(c => c.IsHeldOpen).ToList())
        {
            End(content);
        }

        var enough = isPowerLoss ? EnoughToSync : Enough;
        foreach (var content in _contents.Values)
        {
            content.IsProven = IsProven(content);
            content.OpenedAt = content.IsProven ? content.OpenedAt : null;
        }

        foreach (var record in Records)
        {
            record.IsSecured &= !isPowerLoss || Uptime - record.Since >= EnoughToSync;
            if (record.GoneAt is null && Uptime - record.Since < enough)
            {
                record.Since = Uptime;
            }
        }
    }

    /// <summary>Whether a record stood in a content that the collector has open for long enough.</summary>
    public bool IsRead(Content content, WrittenRecord record) =>
        content.OpenedAt is { } opened && Uptime - Later(opened, record.Since) >= Enough;

    public bool IsProven(Content content) =>
        content.IsProven || (content.OpenedAt is not null && content.Records.Any(r => Uptime - Later(r.Since, content.OpenedAt.Value) >= EnoughToSync));

    /// <summary>At the end: copies that are still undecided.</summary>
    public void DecideAll()
    {
        foreach (var copy in _contents.Values.Where(c => c.CopyOf is not null).ToList())
        {
            if (!TryDecide(copy))
            {
                Doubt(copy);
            }
        }
    }

    public void Seen(SimulatedInode inode, long size)
    {
        if (inode.Kind == InodeKind.Regular)
        {
            var content = Of(inode);
            content.SeenSize = Math.Max(content.SeenSize, size);
        }
    }

    public void Opened(SimulatedInode inode) => Of(inode).OpenedAt ??= Uptime;

    public void Closed(SimulatedInode inode)
    {
        if (IsUp && _contents.TryGetValue(inode, out var content) && content.IsHeldOpen)
        {
            foreach (var record in content.Records)
            {
                // It was held until the collector itself let it go: it must have what was in it.
                record.IsSecured = true;
            }

            End(content);
        }
    }

    /// <summary>With a line of it gone unread its others go by themselves, or with those of the next record of the stream.</summary>
    private void MayBeInPieces(WrittenRecord record)
    {
        record.MayBeInPieces = true;
        Array.Fill(record.Claims, Claim.Maybe);
        _torn.Add((record.Target, record.Stream));
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private List<Content> CopiesOf(Content original) => [.. _contents.Values.Where(c => c.CopyOf == original)];

    /// <summary>True when it is no question any more.</summary>
    private bool TryDecide(Content copy)
    {
        if (!IsTaken(copy.Inode))
        {
            return true;
        }

        if (Uptime - copy.CopiedAt < SurelyItsOwn)
        {
            return false;
        }

        MakeOwn(copy);
        return true;
    }

    private void OriginalGoes(Content copy)
    {
        var time = Uptime - copy.CopiedAt;
        if (!TryDecide(copy) && (time > SurelyACopy || (time > TimeSpan.Zero && !IsProven(copy.CopyOf!))))
        {
            Doubt(copy);
        }

        copy.IsProven |= copy.CopyOf is { } original && IsProven(original);
        copy.CopyOf = null;
    }

    private static void Doubt(Content copy)
    {
        foreach (var record in copy.Records)
        {
            record.MoreAllowed++;
        }
    }

    private void MakeOwn(Content copy)
    {
        copy.CopyOf = null;
        copy.Replace(record =>
        {
            var again = record.Again(Uptime, IsContainers(record));
            Records.Add(again);
            return again;
        });
    }

    private void End(Content content)
    {
        foreach (var (record, bytes) in content.CutAt(-1))
        {
            Leave(content, record, bytes, isDeleted: !content.IsHeldOpen);
        }

        _contents.Remove(content.Inode);
    }

    private void Leave(Content content, WrittenRecord record, int bytes, bool isDeleted)
    {
        record.Holders--;
        record.IsSecured |= IsRead(content, record);
        if (record.Pieces.Count > 0 && !record.IsSecured)
        {
            MayBeInPieces(record);
        }

        if (record.Holders > 0)
        {
            return;
        }

        record.GoneAt = Uptime;
        if (!record.IsSecured)
        {
            UnsureBytes += bytes;
            record.HadNoChance = Uptime == record.Since;
            if (record.HadNoChance && isDeleted && !IsUp && IsProven(content))
            {
                MustBeCounted.Add(record);
            }
        }
    }
}
