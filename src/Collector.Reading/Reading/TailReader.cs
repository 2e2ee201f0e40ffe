using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>The last lines of sequences that belong to one container, from their last objects backwards.</summary>
internal sealed class TailReader(ObjectFetcher fetcher, Question question, LineSearch search, Findings findings)
{
    /// <summary>Limit over all kept lines.</summary>
    public const int MostBytes = 32 << 20;

    /// <summary>Up to <paramref name="count"/> lines of a sequence, in order.</summary>
    /// <param name="sequence">Whose.</param>
    /// <param name="runs">The wanted runs; null: all. If the last runs are wanted, those that are read here are noted.</param>
    /// <param name="count">At least 1.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<List<LogLine>> ReadAsync(ObjectSequence sequence, RunTable? runs, int count, CancellationToken cancellation)
    {
        var parts = new Stack<IReadOnlyList<LogLine>>();
        var (found, size, latest) = (0, 0, default(RecordTime));
        var isLastRun = true;
        for (var i = sequence.Objects.Count - 1; i >= 0 && (found < count || !isLastRun); i--)
        {
            var item = sequence.Objects[i];
            var wanted = Math.Max(1, count - found);
            var part = await ReadObjectAsync(sequence, item, runs, wanted, findings, cancellation).ConfigureAwait(false);
            var isOlder = false;
            if (runs is not null && question.Lives == Lives.Last)
            {
                runs.Note(part.Runs);
                var (of, others) = Divide(part.Lines, runs);
                if (others > 0 && of.Count < wanted)
                {
                    // Lines of an earlier run, which were stored later, took the place of the last one's.
                    part = await ReadObjectAsync(sequence, item, runs, wanted, new Findings(), cancellation).ConfigureAwait(false);
                    (of, _) = Divide(part.Lines, runs);
                }

                latest = part.Runs.Where(run => runs.Accepts(run.Source, run.Life)).Select(run => run.Latest).Append(latest).Max();
                isLastRun = part.Runs.Count == 0 || IsAfterAllBefore(latest, item);
                isOlder = isLastRun && part.Runs.Any(run => !runs.Accepts(run.Source, run.Life));
                findings.OtherLives += others;
                part = part with { Lines = of };
            }

            parts.Push(part.Lines);
            found += part.Lines.Count;
            size += part.Lines.Sum(line => line.Size);
            if (isOlder)
                break;
            if (size > MostBytes)
            {
                findings.IsTailCut = true;
                break;
            }
        }

        List<LogLine> all = [.. parts.SelectMany(lines => lines).TakeLast(count)];
        KeepOrder(all);
        return all;
    }

    /// <summary>The lines of the wanted runs, and how many are of others.</summary>
    private static (List<LogLine> Wanted, int Others) Divide(IReadOnlyList<LogLine> lines, RunTable runs)
    {
        var wanted = lines.Where(line => runs.Accepts(line.Source, line.Source.Life)).ToList();
        return (wanted, lines.Count - wanted.Count);
    }

    /// <summary>
    /// Whether no object of the same sequence before this one can have a later record: their records were read before it was opened.
    /// It is not so where an agent that was down read a later pod of the name first.
    /// </summary>
    private static bool IsAfterAllBefore(RecordTime time, ListedObject item) => time >= RecordTime.From(item.Name.OpenedAt - Planner.StepSlack);

    /// <summary>
    /// Each object was read separately: a time that goes back between two of them must not move a line before its predecessor.
    /// </summary>
    private static void KeepOrder(List<LogLine> lines)
    {
        for (var i = 1; i < lines.Count; i++)
        {
            if (lines[i].MergeTime < lines[i - 1].MergeTime)
                lines[i].MergeTime = lines[i - 1].MergeTime;
        }
    }

    /// <summary>The runs at the end of a sequence, of its newest objects: no object before these can have a later record.</summary>
    public async Task<IReadOnlyCollection<Run>> LastRunsAsync(ObjectSequence sequence, CancellationToken cancellation)
    {
        List<Run> runs = [];
        for (var i = sequence.Objects.Count - 1; i >= 0; i--)
        {
            var part = await ReadObjectAsync(sequence, sequence.Objects[i], null, 1, findings, cancellation).ConfigureAwait(false);
            runs.AddRange(part.Runs);
            if (runs.Count > 0 && IsAfterAllBefore(runs.Max(run => run.Latest), sequence.Objects[i]))
                break;
        }

        return runs;
    }

    /// <summary>All runs of an object.</summary>
    public async Task<IReadOnlyCollection<Run>> RunsOfAsync(ObjectSequence sequence, ListedObject item, CancellationToken cancellation)
    {
        try
        {
            var body = await fetcher.OpenAsync(item.Stored, cancellation).ConfigureAwait(false);
            using var lines = new LineSplitter(BodyDecoder.Open(item.Name.Compression, body));
            return Read(sequence, item, lines, null, 1, findings).Runs;
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            findings.Break(item.Stored.Key, "it was deleted after it was listed");
            return [];
        }
    }

    private async Task<Part> ReadObjectAsync(ObjectSequence sequence, ListedObject item, RunTable? runs, int count, Findings into, CancellationToken cancellation)
    {
        try
        {
            await foreach (var (lines, isWhole) in ObjectEnd.OpenAsync(fetcher, item, cancellation).ConfigureAwait(false))
            {
                using (lines)
                {
                    var part = Read(sequence, item, lines, runs, count, into);
                    if (isWhole || part.Lines.Count >= count)
                        return part;
                }
            }

            throw new InvalidOperationException("the last end of an object is all of it");
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            into.Break(item.Stored.Key, "it was deleted after it was listed");
            return Part.Nothing;
        }
    }

    private Part Read(ObjectSequence sequence, ListedObject item, LineSplitter lines, RunTable? runs, int count, Findings into)
    {
        var (parser, selection) = (sequence.ParserOf(item), new Selection(question, runs, into));
        var window = new SearchWindow(search);
        var kept = new Queue<LogLine>();
        var seen = new SeenRuns();
        var (size, latest) = (0, default(RecordTime));
        try
        {
            while (lines.TryRead(out var bytes))
            {
                var line = parser.Parse(bytes);
                var time = line.Time ?? line.Within?.First ?? RecordTime.From(item.Name.OpenedAt);
                latest = time > latest ? time : latest;
                into.OddLines += line.IsOdd ? 1 : 0;
                if (selection.FitsSource(line.Source))
                    seen.Note(line.Source, line.Within?.Last ?? time);

                if (selection.Accepts(line))
                    window.Add(line, latest, Keep);
            }
        }
        catch (DamagedObjectException e)
        {
            into.Break(item.Stored.Key, e.Message);
        }

        into.AddRead();
        return new Part([.. kept], seen.All);

        void Keep(LogLine line)
        {
            kept.Enqueue(line);
            size += line.Size;
            while (kept.Count > count || (size > MostBytes && kept.Count > 1))
            {
                into.IsTailCut |= kept.Count <= count;
                size -= kept.Dequeue().Size;
            }
        }
    }

    /// <param name="Lines">The last of the wanted lines.</param>
    /// <param name="Runs">Those of the records that match apart from the run.</param>
    private sealed record Part(IReadOnlyList<LogLine> Lines, IReadOnlyCollection<Run> Runs)
    {
        public static Part Nothing { get; } = new([], []);
    }
}
