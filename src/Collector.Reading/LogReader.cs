using System.Runtime.CompilerServices;
using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Catalog;
using Collector.Reading.Layout;
using Collector.Reading.Lines;
using Collector.Reading.Search;

namespace Collector.Reading;

/// <summary>
/// Reads back what the agents stored (DESIGN.md). One question each; not thread safe. Trouble with the store is a
/// <see cref="StoreReadException"/>; trouble with single objects goes to <see cref="Findings"/>.
/// </summary>
public sealed class LogReader : IAsyncDisposable
{
    /// <summary>Parallel requests.</summary>
    private const int AtOnce = 16;

    /// <summary>Lines that are read for each trace that is wanted.</summary>
    private const int LinesOfTrace = 20;

    /// <summary>How much further back the last lines are looked for each time.</summary>
    private const int ReachGrowth = 8;

    /// <summary>Above it everything is read.</summary>
    private static readonly TimeSpan MostReach = TimeSpan.FromDays(3650);

    private readonly ObjectFetcher _fetcher;
    private readonly IObjectReader _reader;
    private readonly KeyLayout _layout;
    private readonly TimeProvider _clock;

    /// <param name="reader">Not disposed here.</param>
    /// <param name="layout">The layout of the keys.</param>
    /// <param name="clock">For open ranges, and for waiting.</param>
    public LogReader(IObjectReader reader, KeyLayout layout, TimeProvider clock)
    {
        (_reader, _layout, _clock) = (reader, layout, clock);
        _fetcher = new ObjectFetcher(reader);
    }

    public Findings Findings { get; } = new();

    /// <summary>How much is held while prefixes that mix containers are merged.</summary>
    internal MergeBounds Bounds { get; init; } = MergeBounds.Default;

    public ValueTask DisposeAsync() => _fetcher.DisposeAsync();

    /// <summary>Lists the objects that may have an answer.</summary>
    /// <param name="question">Which records.</param>
    /// <param name="lastOnly">Only the last lines will be requested.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task<Plan> PlanAsync(Question question, bool lastOnly, CancellationToken cancellation) => PlanAsync(question, lastOnly, question, cancellation);

    /// <param name="question">Which objects.</param>
    /// <param name="lastOnly">As for the other.</param>
    /// <param name="lines">Which lines of them will be read; null: none.</param>
    /// <param name="cancellation">Ends it.</param>
    private async Task<Plan> PlanAsync(Question question, bool lastOnly, Question? lines, CancellationToken cancellation)
    {
        var plan = await new Planner(_reader, _layout, Findings, _clock).PlanAsync(question, lastOnly, after: null, cancellation).ConfigureAwait(false);
        var narrowed = await new CatalogFilter(_reader, _layout, lines ?? question, Findings.Others) { IsForLines = lines is not null, Since = question.Since }.NarrowAsync(plan, cancellation).ConfigureAwait(false);
        if (narrowed.TextNeed is { } need)
            (Findings.UndecidedText, Findings.CatalogTrouble) = (Math.Max(Findings.UndecidedText, need.Undecided), need.Trouble);
        return narrowed;
    }

    /// <summary>Lists the objects that may have lines of some containers, for who reads no lines.</summary>
    /// <param name="question">Of which containers; without times.</param>
    /// <param name="since">When they were stored, by the store's clock, whenever their lines were written; null: at any time.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Plan> PlanStoredAsync(Question question, DateTimeOffset? since, CancellationToken cancellation)
    {
        var plan = await PlanAsync(question with { Since = since - Planner.Lateness }, lastOnly: false, lines: null, cancellation).ConfigureAwait(false);
        return since is { } time ? plan.StoredSince(time) : plan;
    }

    /// <summary>All lines, merged by time.</summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(Plan plan, Question question, LineSearch search, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var runs = await RunsAsync(plan, question, cancellation).ConfigureAwait(false);
        var blocks = await BlocksAsync(plan, question, search, runs, Findings, cancellation).ConfigureAwait(false);
        await foreach (var line in Merge(question, search, runs).ReadAsync(plan.OfOneContainer, blocks, only: null, cancellation).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>All lines, once through all objects: those of each prefix and node in the order in which they are stored.</summary>
    public async IAsyncEnumerable<LogLine> ReadStoredAsync(Plan plan, Question question, LineSearch search, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in Merge(question, search, runs: null).ReadAsync(plan.Sequences, [], only: null, cancellation).ConfigureAwait(false))
            yield return line;
    }

    /// <summary>
    /// All lines with their records, in passes: the lines of a pass are merged by time, and its containers have no lines in another
    /// pass. A pass is one container, in the order of their names. Where prefixes mix containers, it is some of them.
    /// </summary>
    public async IAsyncEnumerable<(int Pass, ContainerName Container, LogLine Line)> ReadByContainerAsync(
        Plan plan, Question question, LineSearch search, [EnumeratorCancellation] CancellationToken cancellation)
    {
        search = search with { KeepsRecords = true };
        var runs = await RunsAsync(plan, question, cancellation).ConfigureAwait(false);
        var blocks = await BlocksAsync(plan, question, search, runs, Findings, cancellation).ConfigureAwait(false);
        var containers = plan.OfOneContainer.GroupBy(one => new ContainerName(one.Values.Namespace, one.Values.Pod, one.Values.Container))
            .OrderBy(group => (group.Key.Namespace, group.Key.Pod, group.Key.Container))
            .Select(group => (Name: group.Key, Sequences: group.ToList()))
            .ToList();
        if (containers.Count > ObjectFetcher.MostAhead)
            _fetcher.ForgetAll();
        for (var i = 0; i < containers.Count; i++)
        {
            // A thousand small containers are not a thousand round trips, one after the other.
            foreach (var (_, sequences) in containers.Skip(i + 1).Take(ObjectFetcher.MostAhead))
                _fetcher.Ahead(sequences[0].Objects[0].Stored);
            await foreach (var line in Merge(question, search, runs).ReadAsync(containers[i].Sequences, [], only: null, cancellation).ConfigureAwait(false))
                yield return (i, containers[i].Name, line);
        }

        var passes = await new MixedContainers(_fetcher, question, runs).DivideAsync(plan.OfSeveralContainers, search, cancellation).ConfigureAwait(false);
        foreach (var (i, pass) in passes.Index())
        {
            var some = blocks.Where(block => pass.Sequences.Contains(block.Sequence)).ToList();
            await foreach (var line in Merge(question, search, runs).ReadAsync([], some, pass.Containers, cancellation).ConfigureAwait(false))
                yield return (containers.Count + i, RunTable.NameOf(line.Source), line);
        }
    }

    private LineMerge Merge(Question question, LineSearch search, RunTable? runs) => new(_fetcher, question, search, runs, Bounds, Findings);

    /// <summary>The last lines, merged by time.</summary>
    public async Task<IReadOnlyList<LogLine>> TailAsync(Plan plan, Question question, LineSearch search, int count, CancellationToken cancellation)
    {
        List<LogLine> lines = [];
        if (count > 0 && plan.OfSeveralContainers.Count > 0)
            lines = await TailOfBlocksAsync(plan, question, search, count, cancellation).ConfigureAwait(false);
        if (count > 0 && (plan.OfOneContainer.Count > 0 || plan.OfSeveralContainers.Count == 0))
            lines = [.. lines.Concat(await TailOfSequencesAsync(plan, question, search, count, cancellation).ConfigureAwait(false)).OrderBy(line => line.MergeTime).TakeLast(count)];
        Findings.Lines += lines.Count;

        // What was left out before the first line is no gap between two.
        if (lines.Count > 0)
            lines[0].IsAfterGap = false;
        return lines;
    }

    /// <summary>The last traces and lines that match, with each trace joined to one line, merged by time.</summary>
    /// <remarks>
    /// Usually the last lines hold them. If they do not, as with a rare match, or if the first one may lack its beginning, all lines
    /// are read: only so is it known which lines belong together, and no more is held than the last ones.
    /// </remarks>
    public async Task<IReadOnlyList<LogLine>> TailTracesAsync(Plan plan, Question question, LineSearch search, int count, CancellationToken cancellation)
    {
        if (count == 0)
            return [];
        var most = (int)Math.Min(int.MaxValue, LinesOfTrace * (count + 24L));
        var lines = await TailAsync(plan, question, LineSearch.Everything, most, cancellation).ConfigureAwait(false);
        var tail = new TraceTail(search, count, TailReader.MostBytes) { BeginsWithin = lines.Count == most || Findings.IsTailCut };
        foreach (var line in lines)
            tail.Add(line);
        if (tail.Finish() is { } found)
        {
            Findings.IsTailCut = tail.IsCut;
            return found;
        }

        Findings.ReadAgain();
        tail = new TraceTail(search, count, TailReader.MostBytes);
        var whole = plan.IsWhole ? plan : await PlanAsync(question, lastOnly: false, cancellation).ConfigureAwait(false);
        await foreach (var line in ReadAsync(whole, question, LineSearch.Everything, cancellation).ConfigureAwait(false))
            tail.Add(line);
        var last = tail.Finish()!;
        Findings.IsTailCut = tail.IsCut;
        return last;
    }

    /// <summary>The lines that are stored from now on, until cancelled; null each time when there are no more for now.</summary>
    /// <param name="plan">The plan that was read before.</param>
    /// <param name="question">The records to follow; all runs of a container count.</param>
    /// <param name="search">Selects the lines to show.</param>
    /// <param name="cancellation">The only end.</param>
    public async IAsyncEnumerable<LogLine?> FollowAsync(Plan plan, Question question, LineSearch search, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var follower = Follow(plan, question);
        while (true)
        {
            await Task.Delay(follower.Pause, _clock, cancellation).ConfigureAwait(false);
            if (await follower.NextAsync(cancellation).ConfigureAwait(false) is not { } news)
                continue;
            await foreach (var line in ReadStoredAsync(news, follower.Question, search, cancellation).ConfigureAwait(false))
                yield return line;
            yield return null;
        }
    }

    /// <summary>The same for callers that wait and read in turns.</summary>
    /// <param name="plan">The plan that was read before.</param>
    /// <param name="question">The records to follow; all runs of a container count.</param>
    public Follower Follow(Plan plan, Question question) => new(new Planner(_reader, _layout, Findings, _clock), new TextObjects(_layout, question), plan, question, Findings, _clock);

    /// <summary>
    /// The stored objects of each container, as its prefixes are listed: a container with several prefixes is returned several
    /// times, and nothing is kept. Where keys do not name containers, all objects are listed and held, and the catalog names them.
    /// </summary>
    public async IAsyncEnumerable<StoredContainer> ListContainersAsync(Question question, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!_layout.NamesContainers)
        {
            var plan = await PlanStoredAsync(question, since: null, cancellation).ConfigureAwait(false);
            var list = await ContainerList.ReadAsync(_reader, _layout, plan, question.Namespace, since: null, cancellation).ConfigureAwait(false);
            foreach (var row in list.Rows)
                yield return row;
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var known = new KnownValues(question, _clock.GetUtcNow());
        var planner = new Planner(_reader, _layout, Findings, _clock);
        var lists = new Queue<Task<IReadOnlyList<StoredContainer>>>();
        try
        {
            await foreach (var found in _layout.FindAsync(_reader, known, Findings.AddForeign, stop.Token).ConfigureAwait(false))
            {
                lists.Enqueue(planner.SummarizeAsync(found, question, known, stop.Token));
                while (lists.Count == AtOnce || (lists.TryPeek(out var first) && first.IsCompleted))
                {
                    foreach (var one in await lists.Dequeue().ConfigureAwait(false))
                        yield return one;
                }
            }

            while (lists.TryDequeue(out var list))
            {
                foreach (var one in await list.ConfigureAwait(false))
                    yield return one;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(lists)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The namespaces that have what a question asks for, in order. Where keys do not show it, this reads the objects that the catalog does not list.</summary>
    public async Task<IReadOnlyList<string>> NamespacesAsync(Plan plan, Question question, CancellationToken cancellation)
    {
        var whole = plan.IsWhole || plan.Sequences.All(NamespaceFinder.IsShown) ? plan : await PlanAsync(question, lastOnly: false, cancellation).ConfigureAwait(false);
        return await new NamespaceFinder(_fetcher, question).FindAsync(whole, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether there is any object of this layout.</summary>
    public async Task<bool> HasObjectsAsync(CancellationToken cancellation) =>
        (await new Planner(_reader, _layout, Findings, _clock).PlanAsync(new Question(), lastOnly: true, after: null, cancellation).ConfigureAwait(false)).Objects > 0;

    /// <summary>
    /// Names that are similar to one that was not found: of the records and the catalog, as far as they were read; else of the keys,
    /// where they are pods, or namespaces if the namespace was not found, or values of a label.
    /// </summary>
    public async Task<IReadOnlyList<string>> NearestAsync(Question question, CancellationToken cancellation)
    {
        if (Findings.Others.NearestOf(question) is { Count: > 0 } others)
            return others;
        foreach (var (label, value) in question.Labels.Equalities)
        {
            var values = await NamesAsync(new Question { Namespace = question.Namespace }, prefix => prefix.Fields.GetValueOrDefault($"kubernetes.labels.{label}", ""), cancellation).ConfigureAwait(false);
            if (values.Count > 0 && !values.Contains(value, StringComparer.Ordinal))
                return [.. Nearest.Of(value, values).Select(name => $"-l {label}={name}")];
        }

        var wanted = question.Pod ?? question.OwnerName;
        var pods = await NamesAsync(new Question { Namespace = question.Namespace }, values => values.Pod, cancellation).ConfigureAwait(false);
        if (pods.Count > 0 || question.Namespace is null)
            return wanted is null ? [] : Nearest.Of(wanted, pods);
        var spaces = await NamesAsync(new Question(), values => values.Namespace, cancellation).ConfigureAwait(false);
        return spaces.Contains(question.Namespace, StringComparer.Ordinal) ? [] : [.. Nearest.Of(question.Namespace, spaces).Select(name => $"-n {name}")];
    }

    private async Task<List<string>> NamesAsync(Question question, Func<PrefixValues, string> name, CancellationToken cancellation)
    {
        const int Most = 100_000;
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in _layout.FindAsync(_reader, new KnownValues(question, _clock.GetUtcNow()), _ => { }, cancellation).ConfigureAwait(false))
        {
            if (name(found.Values) is { Length: > 0 } one)
                names.Add(one);
            if (names.Count == Most)
                break;
        }

        return [.. names];
    }

    /// <summary>
    /// The last lines of prefixes that mix containers. Objects of the last hour are read first, and earlier ones only if an earlier
    /// line may be wanted: what a container wrote does not show where in the objects its last lines are, but a record is never later
    /// than its object was stored.
    /// </summary>
    private async Task<List<LogLine>> TailOfBlocksAsync(Plan plan, Question question, LineSearch search, int count, CancellationToken cancellation)
    {
        var stored = plan.OfSeveralContainers.Max(one => one.LastModified);
        var newest = question.Until < stored ? question.Until.Value : stored;
        for (var reach = Bounds.FirstReach; ; reach *= ReachGrowth)
        {
            DateTimeOffset? since = reach < MostReach ? newest - reach : null;
            var part = plan.IsWhole
                ? (since is null ? plan : plan.StoredSince(since.Value - Planner.ClockSlack))
                : await PlanAsync(question with { Since = since ?? question.Since }, lastOnly: false, question, cancellation).ConfigureAwait(false);
            var findings = Findings.Part();
            var runs = question.Lives == Lives.All ? null : TableOf(part, question);
            var blocks = await BlocksAsync(part, question, search, runs, findings, cancellation).ConfigureAwait(false);
            using var reader = new BlockReader(_fetcher, question, search, runs, Bounds, findings);
            var lines = await new BlockTail(reader, findings).ReadAsync(blocks, count, cancellation).ConfigureAwait(false);
            var isFull = lines.Count == count || findings.IsTailCut;
            if (since is null || (plan.IsWhole && part.Objects == plan.Objects) || (isFull && lines[0].MergeTime >= RecordTime.From(since.Value)))
            {
                Findings.Add(findings);
                return lines;
            }
        }
    }

    private async Task<List<LogLine>> TailOfSequencesAsync(Plan plan, Question question, LineSearch search, int count, CancellationToken cancellation)
    {
        var lines = await TailOfAsync(plan, question, search, count, cancellation).ConfigureAwait(false);
        return lines.Count < count && !plan.IsWhole
            ? await TailOfAsync(await PlanAsync(question, lastOnly: false, cancellation).ConfigureAwait(false), question, search, count, cancellation).ConfigureAwait(false)
            : lines;
    }

    private async Task<List<LogLine>> TailOfAsync(Plan plan, Question question, LineSearch search, int count, CancellationToken cancellation)
    {
        // The last run of a container shows itself at the end of its objects, so that nothing is read for it before.
        var runs = question.Lives == Lives.Last ? TableOf(plan, question) : await RunsAsync(plan, question, cancellation).ConfigureAwait(false);
        var tail = new TailReader(_fetcher, question, search, Findings);
        while (true)
        {
            List<(LogLine Line, int Sequence)> lines = [];

            // A sequence whose newest record is older than all lines so far cannot add any.
            foreach (var (index, sequence) in plan.OfOneContainer.Index().OrderByDescending(one => one.Item.NoRecordAfter))
            {
                if (lines.Count == count && RecordTime.From(sequence.NoRecordAfter) < lines[0].Line.MergeTime)
                    break;
                var more = await tail.ReadAsync(sequence, runs, count, cancellation).ConfigureAwait(false);

                // Lines with equal times keep the order of their sequences, as in the merge of all lines.
                lines = Bounded([.. lines.Concat(more.Select(line => (line, index))).OrderBy(one => one.Item1.MergeTime).ThenBy(one => one.Item2).TakeLast(count)]);
            }

            // A sequence that was read later may have a later run of the same container: then its lines take the place of these.
            Findings.HasUnknownRuns |= runs?.IsFull == true;
            if (runs is null || lines.TrueForAll(one => runs.Accepts(one.Line.Source, one.Line.Source.Life)))
                return [.. lines.Select(one => one.Line)];
            Findings.ReadAgain();
        }
    }

    /// <summary>The last of the lines that fit into memory.</summary>
    private List<(LogLine Line, int Sequence)> Bounded(List<(LogLine Line, int Sequence)> lines)
    {
        var (kept, size) = (0, 0L);
        while (kept < lines.Count && (size += lines[^(kept + 1)].Line.Size) <= TailReader.MostBytes)
            kept++;
        if (kept == lines.Count)
            return lines;
        Findings.IsTailCut = true;
        return lines[^Math.Max(1, kept)..];
    }

    private static RunTable TableOf(Plan plan, Question question)
    {
        var table = new RunTable(question.Lives);
        table.Note(plan.ToldRuns);
        return table;
    }

    /// <summary>The wanted run of each container, as far as it has prefixes of its own; null if all are wanted.</summary>
    private async Task<RunTable?> RunsAsync(Plan plan, Question question, CancellationToken cancellation)
    {
        var runs = await new RunFinder(_fetcher, question).FindAsync(plan.OfOneContainer, plan.ToldRuns, cancellation).ConfigureAwait(false);
        Findings.HasUnknownRuns |= runs?.IsFull == true;
        return runs;
    }

    /// <summary>The blocks of prefixes that mix containers. Their runs are noted, too.</summary>
    private async Task<IReadOnlyList<Block>> BlocksAsync(Plan plan, Question question, LineSearch search, RunTable? runs, Findings findings, CancellationToken cancellation)
    {
        var blocks = await new BlockFinder(_fetcher, question, search, Bounds).FindAsync(plan.OfSeveralContainers, runs, findings, cancellation).ConfigureAwait(false);
        findings.HasUnknownRuns |= runs?.IsFull == true;
        return blocks;
    }
}
