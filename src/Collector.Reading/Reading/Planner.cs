using System.Collections.Concurrent;
using System.Globalization;
using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>From a question to the objects that may answer it (DESIGN.md, "From a question to prefixes" and "Time").</summary>
internal sealed class Planner(IObjectReader reader, KeyLayout layout, Findings findings, TimeProvider clock)
{
    /// <summary>How long an object may have been open, and how late it may be opened: a day, and an hour for clocks that differ.</summary>
    public static readonly TimeSpan Lateness = TimeSpan.FromHours(25);

    /// <summary>How far a node's clock and the store's may be from each other.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    /// <summary>How far a node's clock may have been set back, where its own times are compared.</summary>
    public static readonly TimeSpan StepSlack = TimeSpan.FromMinutes(10);

    private const int AtOnce = 16;

    /// <param name="question">Which records.</param>
    /// <param name="lastOnly">Only the last objects matter, as long as finding them is cheaper than listing all.</param>
    /// <param name="after">Only objects that were opened later; null: all.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Plan> PlanAsync(Question question, bool lastOnly, DateTimeOffset? after, CancellationToken cancellation)
    {
        var known = new KnownValues(question, clock.GetUtcNow());
        var isWhole = true;
        var listed = new ConcurrentBag<(ListedObject Item, string Prefix, PrefixValues Values)>();
        using var slots = new SemaphoreSlim(AtOnce);
        var lists = new List<Task>();
        await foreach (var found in layout.FindAsync(reader, known, findings.AddForeign, cancellation).ConfigureAwait(false))
        {
            await slots.WaitAsync(cancellation).ConfigureAwait(false);
            lists.Add(ListOneAsync(found));
            lists.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(lists).ConfigureAwait(false);
        var sequences = listed
            .GroupBy(item => (item.Prefix, item.Item.Name.Node))
            .Select(group => new ObjectSequence(
                group.Key.Prefix, group.Key.Node, group.First().Values, FromSince([.. group.Select(item => item.Item).DistinctBy(item => item.Stored.Key).OrderBy(item => item.Stored.Key, StringComparer.Ordinal)], question.Since)))
            .OrderBy(sequence => sequence.Objects[0].Name.OpenedAt)
            .ThenBy(sequence => sequence.Prefix, StringComparer.Ordinal);
        return new Plan([.. sequences], isWhole);

        async Task ListOneAsync(FoundPrefix found)
        {
            try
            {
                var start = after ?? question.Since - Lateness;
                var (objects, hasAll) = lastOnly && start is null
                    ? await ListLastAsync(found, known, cancellation).ConfigureAwait(false)
                    : (await ListAllAsync(found, start, cancellation).ConfigureAwait(false), true);
                isWhole &= hasAll;
                foreach (var item in objects)
                    Sort(item, found);
            }
            finally
            {
                slots.Release();
            }
        }

        void Sort(StoredObject stored, FoundPrefix found)
        {
            if (layout.Read(stored.Key, found, known) is not var (name, prefix, values))
            {
                if (ObjectName.Find(stored.Key) is null)
                    findings.AddForeign(stored.Key);
                return;
            }

            // No record in it can be late enough.
            if (question.Since is { } since && stored.Modified < since - ClockSlack)
                return;

            // With one container's objects the first record decides whether an object is after the end; with many containers only
            // the opening time does.
            if (question.Until is { } until && !values.IsOneContainer && name.OpenedAt > until + Lateness)
                findings.TooLate++;
            else
                listed.Add((new ListedObject(stored, name), prefix, values));
        }
    }

    /// <summary>What lists say about the containers of one prefix.</summary>
    public async Task<IReadOnlyList<StoredContainer>> SummarizeAsync(FoundPrefix found, Question question, KnownValues known, CancellationToken cancellation)
    {
        var containers = new Dictionary<ContainerName, StoredContainer>();
        await foreach (var page in reader.PagesAsync(QueryOf(found, question.Since - Lateness), cancellation).ConfigureAwait(false))
        {
            foreach (var item in page.Objects)
            {
                if (layout.Read(item.Key, found, known) is not var (name, _, values))
                    continue;
                var one = new StoredContainer(values.Namespace, values.Pod, values.Container, name.OpenedAt, item.Modified, 1, item.Length);
                var container = new ContainerName(values.Namespace, values.Pod, values.Container);
                containers[container] = containers.TryGetValue(container, out var before) ? before.And(one) : one;
            }
        }

        return [.. containers.Values];
    }

    /// <summary>
    /// The content of an object was read before its successor was opened, so objects are skipped if their successor was opened well
    /// before the wanted time.
    /// </summary>
    private static List<ListedObject> FromSince(List<ListedObject> objects, DateTimeOffset? since)
    {
        var first = 0;
        while (first + 1 < objects.Count && objects[first + 1].Name.OpenedAt < since - StepSlack)
            first++;
        return objects[first..];
    }

    private async Task<List<StoredObject>> ListAllAsync(FoundPrefix found, DateTimeOffset? after, CancellationToken cancellation)
    {
        List<StoredObject> objects = [];
        await foreach (var page in reader.PagesAsync(QueryOf(found, after), cancellation).ConfigureAwait(false))
            objects.AddRange(page.Objects);
        return objects;
    }

    /// <summary>The last page of a prefix with more than a page of objects, found by bisecting time.</summary>
    private async Task<(List<StoredObject> Objects, bool HasAll)> ListLastAsync(FoundPrefix found, KnownValues known, CancellationToken cancellation)
    {
        var first = await reader.ListAsync(QueryOf(found, null), cancellation).ConfigureAwait(false);
        if (first.Next is null)
            return ([.. first.Objects], true);
        if (!layout.IsNameNext || OpenedAt(first, found, known) is not { } low)
            return (await ListAllAsync(found, null, cancellation).ConfigureAwait(false), true);

        var (best, hasAll) = (first, true);
        var query = QueryOf(found, null);
        var high = clock.GetUtcNow() + Lateness;
        while (best.Next is not null && high - low > TimeSpan.FromSeconds(1))
        {
            var middle = low + ((high - low) / 2);
            var asked = QueryOf(found, middle);
            var page = await reader.ListAsync(asked, cancellation).ConfigureAwait(false);
            if (page.Objects.Count == 0)
                high = middle;
            else if (OpenedAt(page, found, known) is { } opened)
                (best, low, query, hasAll) = (page, opened, asked, false);
            else
                break;
        }

        List<StoredObject> objects = [.. best.Objects];
        if (best.Next is not null)
        {
            await foreach (var page in reader.PagesAsync(query with { Continuation = best.Next }, cancellation).ConfigureAwait(false))
                objects.AddRange(page.Objects);
        }

        return (objects, hasAll);
    }

    private DateTimeOffset? OpenedAt(ObjectPage page, FoundPrefix found, KnownValues known) =>
        page.Objects.Count > 0 && layout.Read(page.Objects[^1].Key, found, known) is var (name, _, _) ? name.OpenedAt : null;

    /// <summary>If nothing stands between the prefix and the opening time, a list can begin at a time.</summary>
    private ObjectQuery QueryOf(FoundPrefix found, DateTimeOffset? after) => new(found.Prefix)
    {
        StartAfter = after is { } time && layout.IsNameNext
            ? found.Prefix + Math.Max(0, time.ToUnixTimeMilliseconds()).ToString("D13", CultureInfo.InvariantCulture)
            : "",
    };
}
