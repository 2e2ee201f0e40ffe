using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>What went before it was surely read, and what of it is to be counted, or may be.</summary>
internal sealed class Losses(Ledger ledger)
{
    /// <summary>A copy is undecided for a minute; around it, both is right.</summary>
    private static readonly TimeSpan Undecided = TimeSpan.FromSeconds(90);

    /// <summary>That a file has ended is durable with the next half minute's note.</summary>
    private static readonly TimeSpan EnoughToNote = TimeSpan.FromSeconds(45);

    /// <summary>… and an old file in a directory that is no source's, or under a name that nobody takes, is looked at once a minute.</summary>
    private static readonly TimeSpan EnoughToNoteOld = EnoughToNote + TimeSpan.FromMinutes(1);

    /// <summary>Contents of lines that others have, too, and that went: in an equal file the collector meets them again.</summary>
    private readonly List<GoneContent> _gone = [];

    /// <summary>Records of such contents: with the beginning that an equal file has, the collector takes that for what is left of them.</summary>
    private readonly HashSet<WrittenRecord> _mistaken = [];

    /// <summary>Names that files which were read have lost to others.</summary>
    private readonly HashSet<string> _namesOfRead = new(StringComparer.Ordinal);

    /// <summary>Equal contents in files that are older than the one that went.</summary>
    private readonly HashSet<Content> _older = [];

    /// <summary>For each file that went while the collector was up: until when its end may not be noted.</summary>
    private readonly List<TimeSpan> _notedBy = [];
    private readonly List<(TimeSpan At, int Bytes)> _unwanted = [];

    /// <summary>Bytes of records that went while it was not sure that they were read.</summary>
    public long UnsureBytes { get; private set; }

    /// <summary>Files that may be counted: known ones that went while nobody collected, and what else went unread.</summary>
    public int UnsureFiles { get; private set; }

    /// <summary>Known files that were not the newest of their logs, and went while nobody collected: whether one has grown the collector may ask all the same.</summary>
    public int WentWhileDown { get; private set; }

    /// <summary>Records that were unread in a known file that was deleted while nobody collected.</summary>
    public List<WrittenRecord> MustBeCounted { get; } = [];

    /// <summary>Files of such a form of which nothing was read.</summary>
    public List<(string Path, string Target, IReadOnlyList<WrittenRecord> Records)> MustBeTold { get; } = [];

    /// <summary>Files under a compressed form that the collector does not read, of which nothing was read.</summary>
    public int UnreadableFiles { get; private set; }

    /// <summary>A record had been read when its file went, and the power failed before it was durable. Another file may have it, too.</summary>
    public void Unsecure(WrittenRecord record)
    {
        record.IsSecured = false;
        if (record.GoneAt is not null || record.BytesGone > 0)
        {
            UnsureBytes += record.BytesGone;
            UnsureFiles++;
        }
    }

    /// <summary>
    /// A file was made shorter (R4): what it holds is a generation of its own, and of the one before all counts that was seen and
    /// not read, also what stands in the new one again.
    /// </summary>
    public void MayBeCountedWithRest(Content content)
    {
        foreach (var (record, bytes) in content.Parts.Where(p => ledger.Uptime - p.Record.Since < Reading.EnoughToSync))
        {
            UnsureBytes += bytes;
            UnsureFiles++;
        }
    }

    /// <summary>What was counted before the power failed, and not noted yet, the next life counts again.</summary>
    public void MayBeCountedAgain(long bytes, long files)
    {
        UnsureBytes += bytes;
        UnsureFiles += (int)files;
    }

    /// <summary>A file may be counted as one that went while nobody collected, and is there under another name.</summary>
    public void MayBeCounted() => UnsureFiles++;

    /// <summary>Before its records leave.</summary>
    public void Going(Content content)
    {
        if (content.Records.Any(r => ledger.IsContainers(r) && ledger.ClaimsAgain(r)[0] != Claim.Wanted))
        {
            // That an excluded one has gone is noted late, and nobody reads what was its newest.
            UnsureFiles++;
        }

        if (content.Records.FirstOrDefault() is not { IsUnique: false } first || ledger.IsContainers(first))
        {
            return;
        }

        _gone.Add(GoneOf(content));
        foreach (var other in ledger.Contents.Where(c => c != content && (c.OpenedAt is null || ledger.Uptime - c.OpenedAt < Undecided)))
        {
            MarkEqual(_gone[^1], other);
        }

        // What is held open is let go in any order.
        foreach (var other in ledger.Contents.Where(c => c is { IsHeldOpen: true } && c != content && c.Records.FirstOrDefault() is { IsUnique: false } line && !ledger.IsContainers(line)))
        {
            MarkEqual(GoneOf(other), content);
        }
    }

    private GoneContent GoneOf(Content content)
    {
        var read = content.Records.TakeWhile(r => ledger.Reading.IsRead(content, r)).Count();
        var gone = new GoneContent([.. content.Records], read, content.Inode.BirthTime, ledger.Uptime, ledger.Epoch());
        if (content.UnlinkedAt is var (uptime, time) && ledger.IsUp)
        {
            gone.HeldOpenAt(uptime, time);
        }

        return gone;
    }

    /// <summary>The collector ran, and was well.</summary>
    public void Tick(long time) => _gone.ForEach(gone => gone.Tick(ledger.Uptime, time));

    /// <summary>The collector looks at a content for the first time.</summary>
    public void Opened(Content content) => _gone.ForEach(gone => MarkEqual(gone, content));

    public void Leave(Content content, WrittenRecord record, int bytes, bool isDeleted)
    {
        record.Holders--;
        record.BytesGone = bytes;
        record.IsSecured |= ledger.Reading.IsRead(content, record);
        if ((record.Pieces.Count > 0 || record.MayBeInPieces) && (!record.IsSecured || Array.Exists(record.Claims, claim => claim != Claim.Wanted)))
        {
            // Of an excluded container nothing is read; its other lines may be wanted when the exclusion is over.
            ledger.MayBeInPieces(record);
            ledger.TearNext(record);
        }

        // What may be a file of its own has its bytes unread, although their text was read in another. What was not wanted a moment ago
        // may be wanted now.
        if (ledger.IsChanging(record) || !record.IsSecured || IsUnwantedAndNotNoted(record) || (content.IsDoubted && !ledger.Reading.IsRead(content, record)))
        {
            UnsureBytes += bytes;
            UnsureFiles++;
        }

        else if (ledger.IsUp && Array.Exists(record.Claims, claim => claim != Claim.Wanted))
        {
            _unwanted.Add((ledger.Uptime, bytes));
        }

        if (record.Holders > 0)
        {
            return;
        }

        record.GoneAt = ledger.Uptime;
        record.HadNoChance = !record.IsSecured && ledger.Uptime == record.Since;
        if (record.HadNoChance && isDeleted && !ledger.IsUp && !content.IsContinued && !content.WasCopied && !(content.IsLeftOfTruncated && content.LookedAt is null) && !_mistaken.Contains(record) && ledger.Reading.IsProven(content))
        {
            MustBeCounted.Add(record);
        }
    }

    /// <summary>Lines, or runs of partial ones, that were never ended: they are no records, and may have been seen.</summary>
    public void LeaveUnfinished(Content content)
    {
        if (content.Inode.Length - content.Bytes is > 0 and var bytes)
        {
            UnsureBytes += bytes;
            UnsureFiles++;
        }
    }

    /// <summary>All of a content has gone. When it was the newest of its log, whether it had more is not known to a collector that was down.</summary>
    public void Went(Content content)
    {
        if (content.WasCopied && !ledger.IsUp)
        {
            UnsureFiles++;
        }

        if (ledger.IsUp)
        {
            // Known or not: its inode may be, of what was in it before.
            _notedBy.Add(ledger.Uptime + (ledger.ClaimOf(content.Inode) >= NameClaim.Taken ? EnoughToNote : EnoughToNoteOld));
        }
        else if (content is { LookedAt: null, OpenedAt: null } || content.IsContinued)
        {
            return;
        }
        else if (content.IsNewest)
        {
            UnsureFiles++;
        }
        else
        {
            WentWhileDown++;
        }
    }

    /// <summary>What went a moment ago the next life may find known, and gone.</summary>
    public void LifeEnded()
    {
        _gone.ForEach(gone => gone.LifeEnded(ledger.Uptime, EnoughToNoteOld));
        UnsureFiles += _notedBy.Count(until => ledger.Uptime < until);
        _notedBy.Clear();
        foreach (var (_, bytes) in _unwanted.Where(u => ledger.Uptime - u.At < EnoughToNote))
        {
            UnsureBytes += bytes;
            UnsureFiles++;
        }

        _unwanted.Clear();

        // A life that ended before it had looked leaves the next one with another newest file.
        MustBeCounted.RemoveAll(r => ledger.Uptime - r.GoneAt < Reading.Enough);
    }

    /// <summary>That an output wants no more of a file is noted with the next half minute's note; a death before that leaves it as unread.</summary>
    private bool IsUnwantedAndNotNoted(WrittenRecord record) =>
        !ledger.IsUp && ledger.Uptime - record.Since < EnoughToNote && Array.Exists(record.Claims, claim => claim != Claim.Wanted);

    /// <summary>Equal over all of the shorter, and in nothing but lines that are no file's own: content stored once is right.</summary>
    private void MarkEqual(GoneContent gone, Content content)
    {
        if (MayBeOneAnother([.. gone.Records.Take(gone.Known)], content.Records) && !gone.IsSurelyBefore(content))
        {
            if (content.Inode.BirthTime < gone.BirthTime && _older.Add(content))
            {
                // Taken for what is left of a younger file: that is not durable (Following/DESIGN.md), and the next life reads it.
                foreach (var record in content.Records)
                {
                    record.MoreAllowed++;
                }
            }

            MarkAsAnothers(content.Records.Zip(gone.Records).TakeWhile(p => IsEqualLine(p.First, p.Second)).Select(p => p.First));
            content.MayBeAnother = true;
            _mistaken.UnionWith(gone.Records);
            MustBeCounted.RemoveAll(_mistaken.Contains);
        }
    }

    /// <summary>
    /// A file was truncated, and holds again what had been read of it, before anybody could look: nothing tells (a known limitation
    /// of Following/DESIGN.md). Its beginning is stored once for both, and nobody looks for a copy of what had not been read.
    /// </summary>
    public void MarkRewritten(Content content)
    {
        if (content.Former is not { } former || ledger.Uptime - former.At >= Reading.Enough)
        {
            return;
        }

        var equal = former.Records.Zip(content.Records).TakeWhile(p => p.First == p.Second || IsEqualLine(p.First, p.Second)).Count();
        if (equal > 0 && equal >= former.Read)
        {
            MarkAsAnothers(content.Records.Take(equal));
            MarkAsAnothers(former.Records.Skip(former.Read));
        }
    }

    /// <summary>
    /// A file loses the name that is taken while it is undecided, because it equals another one (R2): nobody knows it, and nobody
    /// asks for its new name.
    /// </summary>
    public void LeftItsName(Content content)
    {
        if (ledger.ClaimOf(content.Inode) < NameClaim.Taken && IsUndecided(content))
        {
            MarkAsAnothers(content.Records);
            content.IsAbandoned = true;
        }
    }

    public bool IsUndecided(Content content) =>
        (content.OpenedAt is null || ledger.Uptime - content.OpenedAt < Undecided) && content.Count > 0 &&
        ledger.Contents.Any(other => other != content && other.Count > 0 && MayBeOneAnother([.. other.Records], content.Records));

    private static void MarkAsAnothers(IEnumerable<WrittenRecord> records)
    {
        foreach (var record in records)
        {
            record.MayBeAnothers = true;
        }
    }

    private static bool MayBeOneAnother(IReadOnlyList<WrittenRecord> one, IEnumerable<WrittenRecord> other) => one.Zip(other).All(p => IsEqualLine(p.First, p.Second));

    private static bool IsEqualLine(WrittenRecord one, WrittenRecord other) => !one.IsUnique && !other.IsUnique && one.Text == other.Text;

    /// <summary>A file that the collector has looked at loses its name to another one.</summary>
    public void LosesItsNameTo(SimulatedInode replaced, string path)
    {
        if (ledger.Find(replaced) is { LookedAt: not null })
        {
            _namesOfRead.Add(Path.GetFileName(path));
        }
    }

    /// <summary>
    /// Compressed in a form that is not read: it may be counted, and is when nobody has looked at it before, and its lines are no
    /// other file's, too: of a file of such lines that was read under this name nothing tells it apart. Nor does anything tell it apart
    /// from another file that had this name and was read.
    /// </summary>
    public void Unreadable(Content original, string path)
    {
        UnreadableFiles++;
        if (original.Count > 0 && original is { LookedAt: null, IsProven: false, IsShared: false } && !_namesOfRead.Contains(Path.GetFileNameWithoutExtension(path)) && ledger.ClaimOf(original.Inode) >= NameClaim.Taken &&
            original.Records.All(r => r.IsUnique && r.Claims[0] == Claim.Wanted))
        {
            MustBeTold.Add((path, original.Records.First().Target, [.. original.Records]));
        }
    }
}
