namespace Collector.Pipeline.Positions;

/// <summary>
/// The seqs that the journals of an output declare finished: by a record each, or by leaving them out of a snapshot's list.
/// </summary>
internal sealed class StoredSeqs
{
    private readonly HashSet<long> _folded = [];
    private readonly List<(long UpTo, long[] Pending)> _lists = [];

    public void Add(long seq) => _folded.Add(seq);

    /// <param name="upTo">The highest seq that the list covers.</param>
    /// <param name="pending">The unfinished ones, ascending.</param>
    public void AddList(long upTo, long[] pending) => _lists.Add((upTo, pending));

    public bool Contains(long seq) =>
        _folded.Contains(seq) || _lists.Exists(list => seq <= list.UpTo && Array.BinarySearch(list.Pending, seq) < 0);
}
