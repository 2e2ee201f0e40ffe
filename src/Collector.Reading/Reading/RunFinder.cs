using Collector.Pipeline.Records;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>
/// Finds the last run of each container, or the one before, before the lines are read (DESIGN.md, "Lives"), where prefixes belong to
/// one container: the end of their newest objects shows it. Where prefixes mix containers, <see cref="BlockFinder"/> finds it.
/// </summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">The question that was asked.</param>
internal sealed class RunFinder(ObjectFetcher fetcher, Question question)
{
    /// <summary>Parallel requests.</summary>
    private const int AtOnce = 16;

    private readonly Question _all = question with { Lives = Lives.All, Since = null, Until = null, Stream = null };

    /// <summary>Null: all runs are wanted.</summary>
    /// <param name="sequences">Those of one container each.</param>
    /// <param name="told">Runs that are known already.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<RunTable?> FindAsync(IReadOnlyList<ObjectSequence> sequences, IReadOnlyCollection<Run> told, CancellationToken cancellation)
    {
        if (question.Lives == Lives.All)
            return null;

        // Lines of text do not say their runs.
        var table = new RunTable(question.Lives);
        table.Note(told);
        var withRecords = sequences.Select(one => one with { Objects = [.. one.Objects.Where(item => item.Name.Format == ObjectFormat.Json)] }).Where(one => one.Objects.Count > 0);
        var containers = withRecords.GroupBy(one => one.Container, StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            containers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (days, stop) => await FindAsync([.. days.OrderByDescending(one => one.NoRecordAfter)], table, stop).ConfigureAwait(false)).ConfigureAwait(false);
        return table;
    }

    /// <summary>Findings of this pass are found again when the lines are read.</summary>
    private TailReader Reader() => new(fetcher, _all, LineSearch.Everything, new Findings());

    /// <param name="sequences">Of one container: its days, and the nodes on which it was. The one that may have the latest record is the first.</param>
    /// <param name="table">Receives the runs.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task FindAsync(List<ObjectSequence> sequences, RunTable table, CancellationToken cancellation)
    {
        var reader = Reader();
        Run? last = null;
        foreach (var sequence in sequences.TakeWhile(one => IsOpen(one, last)))
        {
            var runs = await reader.LastRunsAsync(sequence, cancellation).ConfigureAwait(false);
            table.Note(runs);
            last = runs.Append(last).OfType<Run>().Aggregate((Run?)null, (one, other) => one is null || other.IsAfter(one) ? other : one);
        }

        if (last is null || question.Lives != Lives.Previous)
            return;
        foreach (var sequence in sequences)
        {
            if (!IsOpen(sequence, table.BeforeOf(last.Container)))
                break;
            for (var i = sequence.Objects.Count - 1; i >= 0; i--)
            {
                var runs = await reader.RunsOfAsync(sequence, sequence.Objects[i], cancellation).ConfigureAwait(false);
                table.Note(runs);
                if (runs.Any(run => run.Life != last.Life))
                    break;
            }
        }
    }

    /// <summary>Whether a sequence may have a record that is later than what was found.</summary>
    private static bool IsOpen(ObjectSequence sequence, Run? found) => found is null || RecordTime.From(sequence.NoRecordAfter) >= found.Latest;
}
