using Collector.Reading.Catalog;

namespace Collector.Reading.Verifying;

/// <summary>
/// The catalog objects of one output in one instance of a node's data dir, in the order in which they were made, with their sums.
/// Decides for each new object whether it follows the one before it, and for any seq whether the chain had to list it.
/// </summary>
public sealed class CatalogChain
{
    /// <summary>The seqs that it need not list: [from, to).</summary>
    private readonly List<(long From, long To)> _unsaid = [];

    /// <summary>From here on objects may lack a line when the chain breaks: everything after the last settled seq.</summary>
    private long _openFrom;
    private IReadOnlyList<long> _pending = [];
    private long _settled;
    private long _alteredBefore;

    internal CatalogChain(CatalogHead head, string node) => (Head, Node) = (head, node);

    /// <summary>Of the newest object.</summary>
    public CatalogHead Head { get; private set; }

    /// <summary>As in keys.</summary>
    public string Node { get; }

    /// <summary>Its newest object.</summary>
    public string LastKey { get; private set; } = "";

    public int Catalogs { get; private set; }

    public long Objects { get; private set; }

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    public long StoredBytes { get; private set; }

    /// <summary>Records, by the reason of their drop.</summary>
    public SortedDictionary<string, long> Dropped { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes, by the reason of their loss before they were read.</summary>
    public SortedDictionary<string, long> Lost { get; } = new(StringComparer.Ordinal);

    /// <summary>Log files, by the reason of their loss.</summary>
    public SortedDictionary<string, long> LostFiles { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes, by the reason why they were skipped.</summary>
    public SortedDictionary<string, long> Skipped { get; } = new(StringComparer.Ordinal);

    internal string LastSha256 { get; private set; } = "";

    /// <summary>The seq after the last one that it need not list.</summary>
    internal long UnsaidEnd => _unsaid.Count == 0 ? 0 : _unsaid.Max(range => range.To);

    /// <summary>Adds an object.</summary>
    /// <param name="found">A whole catalog object.</param>
    /// <param name="isBroken">The objects before it are unknown.</param>
    /// <param name="altered">Damaged catalog objects of this instance so far.</param>
    internal void Append(CatalogObject found, bool isBroken, long altered)
    {
        var head = found.Head!;
        if (isBroken)
            _unsaid.Add((Catalogs == 0 ? 0 : _openFrom, found.Name.Seq));
        else if (Catalogs == 0)
            _unsaid.Add((0, head.Settled is null ? found.Name.Seq : head.Since));

        if (head.Settled is { } settled)
            (_settled, _pending, _openFrom) = (settled, head.Pending, head.Pending.Append(settled).Min());
        (Head, LastKey, LastSha256, _alteredBefore) = (head, found.Key, found.Sha256, altered);
        Catalogs++;
        foreach (var entry in found.Entries)
            Count(entry, found.Name.Seq);
    }

    /// <summary>Damaged objects stand between its newest and the next.</summary>
    internal bool HasGapOfAltered(long altered) => altered != _alteredBefore;

    /// <summary>All chunks that were opened before that seq are listed.</summary>
    internal bool HasSettled(long seq) => _settled > seq && !_pending.Any(pending => pending < seq);

    internal Untold Judge(long seq) =>
        _unsaid.Exists(range => range.From <= seq && seq < range.To) ? Untold.Unsaid
        : seq >= _settled || _pending.Contains(seq) ? Untold.Waiting
        : Untold.Added;

    private void Count(CatalogEntry entry, long seq)
    {
        switch (entry.Kind)
        {
            case CatalogEntryKind.Stored:
                (Objects, Records, Bytes, StoredBytes) = (Objects + 1, Records + entry.Records, Bytes + entry.Bytes, StoredBytes + entry.StoredBytes);
                break;
            case CatalogEntryKind.Dropped:
                Dropped[entry.Reason] = Dropped.GetValueOrDefault(entry.Reason) + entry.Records;
                break;
            case CatalogEntryKind.LostFiles:
                LostFiles[entry.Reason] = LostFiles.GetValueOrDefault(entry.Reason) + entry.Files;
                break;
            case CatalogEntryKind.Off:
                _unsaid.Add((entry.OffFrom, Head.Settled is null ? seq : Head.Since));
                break;
            case CatalogEntryKind.Ended:
                break;
            default:
                // An interval that begins after the file's end, wherever that is, has no length.
                var sums = entry.Kind == CatalogEntryKind.Lost ? Lost : Skipped;
                sums[entry.Reason] = sums.GetValueOrDefault(entry.Reason)
                    + entry.Sources.SelectMany(source => source.Intervals).Where(one => one.To < SourceBytes.AnyEnd).Sum(one => one.To - one.From);
                break;
        }
    }
}

/// <summary>The meaning of an object without a line. The greater one counts if chains differ.</summary>
internal enum Untold
{
    /// <summary>The chain had to list it.</summary>
    Added,

    /// <summary>It comes from a time without a catalog.</summary>
    Unsaid,

    /// <summary>A later catalog object will list it.</summary>
    Waiting,
}
