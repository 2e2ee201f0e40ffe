using Collector.Testing.Files;

namespace Collector.Simulation.Oracle;

/// <summary>What was in an inode before it was truncated.</summary>
/// <param name="Records">All of them, in order.</param>
/// <param name="Read">How many of them, from the first on, had surely been read.</param>
/// <param name="At">Healthy uptime of the truncation.</param>
internal sealed record FormerContent(IReadOnlyList<WrittenRecord> Records, int Read, TimeSpan At);

/// <summary>The records in an inode's bytes, and what the collector knows of it. Truncation to nothing ends a content and begins another.</summary>
internal sealed class Content(SimulatedInode inode, int number)
{
    private readonly List<(int From, int To, WrittenRecord Record, bool IsShared)> _extents = [];

    public SimulatedInode Inode { get; } = inode;

    /// <summary>Contents are numbered as they come.</summary>
    public int Number { get; } = number;

    /// <summary>Of its own, for orders within it.</summary>
    public string Name { get; } = $"content{number}";

    /// <summary>Healthy uptime when the first of it was written.</summary>
    public TimeSpan BornAt { get; init; }

    /// <summary>How often the wall clock had gone back then.</summary>
    public int BornIn { get; init; }

    /// <summary>When its last name went while the collector had it open: healthy uptime, and Unix nanoseconds.</summary>
    public (TimeSpan Uptime, long Time)? UnlinkedAt { get; set; }

    /// <summary>Healthy uptime when the collector first opened it; null: never.</summary>
    public TimeSpan? OpenedAt { get; set; }

    /// <summary>When the collector first opened the file, whatever was known of its content before.</summary>
    public TimeSpan? LookedAt { get; set; }

    /// <summary>It is a copy, and not yet decided whether it is a file of its own.</summary>
    public Content? CopyOf { get; set; }

    public TimeSpan CopiedAt { get; set; }

    /// <summary>How long the collector has run since then without being well.</summary>
    public TimeSpan UnwellSinceCopied { get; set; }

    /// <summary>It may be counted once more than its records say.</summary>
    public bool IsDoubted { get; set; }

    /// <summary>The records for which that was said: others may have been written since.</summary>
    private readonly HashSet<WrittenRecord> _doubted = new(ReferenceEqualityComparer.Instance);

    /// <summary>Equal content under a live name: a file of its own as soon as the collector has looked at it there.</summary>
    public bool IsAgain { get; set; }

    /// <summary>It has records of another content.</summary>
    public bool IsShared { get; set; }

    /// <summary>Its original was truncated in place: of that what was seen counts, to the byte, and no file (R4).</summary>
    public bool IsLeftOfTruncated { get; set; }

    /// <summary>Another file has all of it now: a compressed form, a copy.</summary>
    public bool IsContinued { get; set; }

    /// <summary>The configuration has changed, and does not take its name any more.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>It may be taken for what is left of another file, which others follow: what is begun in it does not wait for its end.</summary>
    public bool MayBeAnother { get; set; }

    /// <summary>A copy of it was made, whatever became of that since.</summary>
    public bool WasCopied { get; set; }

    /// <summary>It was there when a source began at the end; null: it was not.</summary>
    public Claim? PassedOver { get; set; }

    /// <summary>It was the newest of its log when the last life ended.</summary>
    public bool IsNewest { get; set; }

    /// <summary>Some of it was durable with the collector at a moment: it is known again after any restart.</summary>
    public bool IsProven { get; set; }

    /// <summary>It cannot be read to its end.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Unlinked, held open by the collector.</summary>
    public bool IsHeldOpen { get; set; }

    /// <summary>It is older than the file that it is a form of, as the wall clock has it: a later life knows it by its bytes alone (Following/DESIGN.md).</summary>
    public bool IsKnownByBytesAlone { get; set; }

    public IEnumerable<WrittenRecord> Records => _extents.Select(e => e.Record);

    /// <summary>Those that it has of another content.</summary>
    public IEnumerable<WrittenRecord> SharedRecords => _extents.Where(e => e.IsShared).Select(e => e.Record);

    /// <summary>Those that end behind a length.</summary>
    public IEnumerable<WrittenRecord> Behind(int length) => _extents.Where(e => e.To > length).Select(e => e.Record);

    /// <summary>Its records, and how many bytes of each it has.</summary>
    public IEnumerable<(WrittenRecord Record, int Bytes)> Parts => _extents.Select(e => (e.Record, e.To - e.From));

    public int Count => _extents.Count;

    /// <summary>Of its records.</summary>
    public int Bytes => _extents.Sum(e => e.To - e.From);

    public void Add(int from, int to, WrittenRecord record, bool isShared = false)
    {
        _extents.Add((from, to, record, isShared));
        record.Holders++;
    }

    /// <summary>Shares the records of another content.</summary>
    public void Share(Content other)
    {
        IsShared = true;
        foreach (var (from, to, record, _) in other._extents)
        {
            Add(from, to, record, isShared: true);
        }
    }

    /// <summary>Puts other records in place of those that it shares.</summary>
    public void Replace(Func<WrittenRecord, WrittenRecord> by)
    {
        var others = new Dictionary<WrittenRecord, WrittenRecord>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < _extents.Count; i++)
        {
            var (from, to, record, isShared) = _extents[i];
            if (!isShared)
            {
                continue;
            }

            if (!others.TryGetValue(record, out var other))
            {
                others.Add(record, other = by(record));
            }

            record.Holders--;
            other.Holders++;
            _extents[i] = (from, to, other, false);
        }
    }

    /// <summary>Once more than its records say is right.</summary>
    public void Doubt()
    {
        IsDoubted = true;
        foreach (var record in SharedRecords.Where(_doubted.Add))
        {
            record.MoreAllowed++;
        }
    }

    /// <summary>Once is right for that record after all; false: nobody had said otherwise.</summary>
    public bool Trust(WrittenRecord record)
    {
        var wasDoubted = _doubted.Remove(record);
        record.MoreAllowed -= wasDoubted ? 1 : 0;
        return wasDoubted;
    }

    /// <summary>The doubts of another content, of which it has all records, are its own now.</summary>
    public void TakeDoubts(Content other)
    {
        IsDoubted = other.IsDoubted;
        _doubted.UnionWith(other._doubted);
    }

    /// <summary>All of it may be stored once more.</summary>
    public void DoubtAll()
    {
        foreach (var record in Records)
        {
            record.MoreAllowed++;
        }
    }

    /// <summary>What was passed over and turns up in another file may be stored.</summary>
    public void MayBePassedOver()
    {
        foreach (var record in Records)
        {
            record.MayBeStored();
        }
    }

    /// <summary>It may be read at any place among the others.</summary>
    public void LoseOrder()
    {
        foreach (var record in Records)
        {
            record.HasNoOrder = true;
        }
    }

    /// <summary>What was in its inode before that was truncated.</summary>
    public FormerContent? Former { get; set; }

    /// <summary>When it was made shorter and not empty (healthy uptime): until the collector has looked again it does not know what it begins with.</summary>
    public TimeSpan? ShortenedAt { get; set; }

    /// <summary>Takes out what ends behind a length.</summary>
    public List<(WrittenRecord Record, int Bytes)> CutAt(int length)
    {
        var cut = _extents.FindAll(e => e.To > length).ConvertAll(e => (e.Record, e.To - e.From));
        _extents.RemoveAll(e => e.To > length);
        return cut;
    }

    /// <summary>The end of the record that is the so-manieth from the end; the whole length with none.</summary>
    public int EndBefore(int records) => records >= _extents.Count ? 0 : _extents[_extents.Count - 1 - records].To;
}
