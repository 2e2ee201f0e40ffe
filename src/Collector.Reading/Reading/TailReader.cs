using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>The last lines of sequences, from their last objects backwards.</summary>
internal sealed class TailReader(ObjectFetcher fetcher, Question question, LineSearch search, Findings findings)
{
    /// <summary>Limit over all kept lines.</summary>
    public const int MostBytes = 32 << 20;

    /// <summary>Up to <paramref name="count"/> lines of a sequence, in order, and their run, if only one is wanted.</summary>
    /// <param name="sequence">Whose.</param>
    /// <param name="life">The one wanted run; null: the last, or all if the question says so.</param>
    /// <param name="count">At least 1.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<(List<LogLine> Lines, string? Life)> ReadAsync(ObjectSequence sequence, string? life, int count, CancellationToken cancellation)
    {
        var isLastLife = question.Lives == Lives.Last && sequence.Values.IsOneContainer;
        var parts = new Stack<IReadOnlyList<LogLine>>();
        var (found, size) = (0, 0);
        for (var i = sequence.Objects.Count - 1; i >= 0 && found < count; i--)
        {
            var part = await ReadObjectAsync(sequence, sequence.Objects[i], life, count - found, cancellation).ConfigureAwait(false);
            var isOlder = false;
            if (isLastLife)
            {
                life ??= part.LastLife;
                var kept = part.Lines.Where(line => life is null || line.Source.Life is null || line.Source.Life == life).ToList();
                isOlder = part.HasOtherLives(life);
                findings.OtherLives += part.Lines.Count - kept.Count;
                part = part with { Lines = kept };
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
        return (all, life);
    }

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

    /// <summary>The run of the last record of a sequence that has one.</summary>
    public async Task<string?> LastLifeAsync(ObjectSequence sequence, CancellationToken cancellation)
    {
        for (var i = sequence.Objects.Count - 1; i >= 0; i--)
        {
            var part = await ReadObjectAsync(sequence, sequence.Objects[i], null, 1, cancellation).ConfigureAwait(false);
            if (part.LastLife is { } life)
                return life;
        }

        return null;
    }

    /// <summary>The run before another one in a sequence; null if there is none.</summary>
    public async Task<string?> LifeBeforeAsync(ObjectSequence sequence, string life, CancellationToken cancellation)
    {
        for (var i = sequence.Objects.Count - 1; i >= 0; i--)
        {
            var part = await ReadWholeAsync(sequence, sequence.Objects[i], null, 1, cancellation).ConfigureAwait(false);
            if (part.Lives.LastOrDefault(other => other != life) is { } before)
                return before;
        }

        return null;
    }

    private async Task<Part> ReadObjectAsync(ObjectSequence sequence, ListedObject item, string? life, int count, CancellationToken cancellation)
    {
        try
        {
            await foreach (var (lines, isWhole) in ObjectEnd.OpenAsync(fetcher, item, cancellation).ConfigureAwait(false))
            {
                using (lines)
                {
                    var part = Read(sequence, item, lines, life, count);
                    if (isWhole || part.Lines.Count >= count)
                        return part;
                }
            }

            throw new InvalidOperationException("the last end of an object is all of it");
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            findings.Break(item.Stored.Key, "it was deleted after it was listed");
            return Part.Nothing;
        }
    }

    private async Task<Part> ReadWholeAsync(ObjectSequence sequence, ListedObject item, string? life, int count, CancellationToken cancellation)
    {
        try
        {
            var body = await fetcher.OpenAsync(item.Stored, cancellation).ConfigureAwait(false);
            using var lines = new LineSplitter(BodyDecoder.Open(item.Name.Compression, body));
            return Read(sequence, item, lines, life, count);
        }
        catch (StoreReadException e) when (e.Trouble == ReadTrouble.NotFound)
        {
            findings.Break(item.Stored.Key, "it was deleted after it was listed");
            return Part.Nothing;
        }
    }

    private Part Read(ObjectSequence sequence, ListedObject item, LineSplitter lines, string? life, int count)
    {
        var (parser, selection) = (new LineParser(item.Name.Format, sequence.Source), new Selection(question, life, findings));
        var window = new SearchWindow(search);
        var kept = new Queue<LogLine>();
        List<string> lives = [];
        var (size, latest) = (0, default(RecordTime));
        try
        {
            while (lines.TryRead(out var bytes))
            {
                var line = parser.Parse(bytes);
                var time = line.Time ?? RecordTime.From(item.Name.OpenedAt);
                latest = time > latest ? time : latest;
                findings.OddLines += line.IsOdd ? 1 : 0;
                if (selection.FitsSource(line.Source) && line.Source.Life is { } one && (lives.Count == 0 || lives[^1] != one))
                    lives.Add(one);

                if (selection.Accepts(line))
                    window.Add(line, latest, Keep);
            }
        }
        catch (DamagedObjectException e)
        {
            findings.Break(item.Stored.Key, e.Message);
        }

        findings.AddRead();
        return new Part([.. kept], lives);

        void Keep(LogLine line)
        {
            kept.Enqueue(line);
            size += line.Size;
            while (kept.Count > count || (size > MostBytes && kept.Count > 1))
            {
                findings.IsTailCut |= kept.Count <= count;
                size -= kept.Dequeue().Size;
            }
        }
    }

    /// <param name="Lines">The last of the wanted lines.</param>
    /// <param name="Lives">In order, the runs of the records that match apart from the run.</param>
    private sealed record Part(IReadOnlyList<LogLine> Lines, IReadOnlyList<string> Lives)
    {
        public static Part Nothing { get; } = new([], []);

        public string? LastLife => Lives.Count > 0 ? Lives[^1] : null;

        public bool HasOtherLives(string? life) => life is not null && Lives.Any(other => other != life);
    }
}
