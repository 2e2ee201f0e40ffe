using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>Some containers, and the sequences that hold them among others.</summary>
internal sealed record ContainerPass(IReadOnlySet<ContainerName> Containers, IReadOnlyList<ObjectSequence> Sequences);

/// <summary>
/// Divides the containers of prefixes that mix them into passes, for who wants one container's lines apart from another's and holds
/// only a few at once. Containers of the same sequences are together, so that a pass reads few of them.
/// </summary>
/// <param name="fetcher">Gets the objects.</param>
/// <param name="question">Which records.</param>
/// <param name="runs">The wanted runs; null: all.</param>
internal sealed class MixedContainers(ObjectFetcher fetcher, Question question, RunTable? runs)
{
    /// <summary>Containers in a pass.</summary>
    public const int AtOnce = 32;

    public async Task<IReadOnlyList<ContainerPass>> DivideAsync(IReadOnlyList<ObjectSequence> sequences, LineSearch search, CancellationToken cancellation)
    {
        // What is wrong with these objects is found by the passes.
        var findings = new Findings();
        var places = new Dictionary<ContainerName, List<int>>();
        foreach (var (index, sequence) in sequences.Index())
        {
            using var reader = new SequenceReader(sequence, new Selection(question, runs, findings), search, fetcher, question, findings);
            Source? last = null;
            while (await reader.FillAsync(cancellation).ConfigureAwait(false))
            {
                var source = reader.Dequeue().Source;
                if (ReferenceEquals(source, last))
                    continue;
                last = source;
                var name = RunTable.NameOf(source);
                if (!places.TryGetValue(name, out var found))
                    places[name] = found = [];
                if (found.Count == 0 || found[^1] != index)
                    found.Add(index);
            }
        }

        return
        [
            .. places.OrderBy(one => one.Value[0]).ThenBy(one => (one.Key.Namespace, one.Key.Pod, one.Key.Container)).Chunk(AtOnce).Select(some => new ContainerPass(
                some.Select(one => one.Key).ToHashSet(), [.. some.SelectMany(one => one.Value).Distinct().Order().Select(index => sequences[index])])),
        ];
    }
}
