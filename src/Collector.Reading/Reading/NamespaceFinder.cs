using System.Collections.Concurrent;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>
/// Finds the namespaces that have what a question asks for. Keys with a namespace and a pod show it. For others the catalog shows it,
/// and the records of objects that the catalog does not list.
/// </summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">The question that the plan belongs to.</param>
internal sealed class NamespaceFinder(ObjectFetcher fetcher, Question question)
{
    /// <summary>Whole objects that are decoded at once.</summary>
    private const int AtOnce = 4;

    private readonly Question _all = question with { Lives = Lives.All };

    /// <summary>Whether the keys of a sequence show whose lines its objects hold.</summary>
    public static bool IsShown(ObjectSequence sequence) => sequence.Values.Namespace.Length > 0 && sequence.Values.Pod.Length > 0;

    /// <summary>In order, each once.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(Plan plan, CancellationToken cancellation)
    {
        var found = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var sequence in plan.Sequences.Where(IsShown))
            found[sequence.Values.Namespace] = true;
        foreach (var space in plan.Told.Values.SelectMany(spaces => spaces))
            found[space] = true;
        var unknown = plan.Sequences.Where(one => !IsShown(one))
            .Select(one => one with { Objects = [.. one.Objects.Where(item => !plan.Told.ContainsKey(item.Stored.Key))] })
            .Where(one => one.Objects.Count > 0);
        await Parallel.ForEachAsync(unknown, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (sequence, stop) =>
        {
            // What is wrong with these objects is found again when their lines are read.
            var findings = new Findings();
            using var reader = new SequenceReader(sequence, new Selection(_all, null, findings), LineSearch.Everything, fetcher, _all, findings);
            while (await reader.FillAsync(stop).ConfigureAwait(false))
                found[reader.Dequeue().Source.Namespace] = true;
        }).ConfigureAwait(false);
        return [.. found.Keys.Order(StringComparer.Ordinal)];
    }
}
