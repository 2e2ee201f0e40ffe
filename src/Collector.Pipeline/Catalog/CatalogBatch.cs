namespace Collector.Pipeline.Catalog;

/// <summary>The content of the next catalog object.</summary>
/// <param name="From">The number of its first line.</param>
/// <param name="Lines">Ascending, without a gap.</param>
/// <param name="Settled">The statement about all objects; null: more lines wait than these.</param>
internal sealed record CatalogBatch(long From, List<byte[]> Lines, DecidedSeqs? Settled);

/// <summary>Each object of a seq from <paramref name="Since"/> on and below <paramref name="To"/> that is not pending has its line by now, or was never sent.</summary>
/// <param name="Since">The first that this process can have given out.</param>
/// <param name="To">The statement ends before this seq.</param>
/// <param name="Pending">The unfinished ones below it; ascending.</param>
internal sealed record DecidedSeqs(long Since, long To, IReadOnlyList<long> Pending)
{
    /// <summary>
    /// A quarantined object, or a chunk that stays open, does not block the statement about all later ones; thousands of open
    /// chunks do not fill the head.
    /// </summary>
    public const int MostPending = 64;

    /// <param name="since">The first that this process can have given out.</param>
    /// <param name="upTo">The highest seq that was given out.</param>
    /// <param name="pending">All unfinished ones.</param>
    public static DecidedSeqs Of(long since, long upTo, IEnumerable<long> pending)
    {
        List<long> first = [.. pending.Order().Take(MostPending + 1)];
        return first.Count <= MostPending ? new DecidedSeqs(since, upTo + 1, first) : new DecidedSeqs(since, first[^1], first[..^1]);
    }
}
