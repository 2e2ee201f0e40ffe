using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>
/// The containers that have objects: those that keys name, and where keys do not name them, those that the catalog names. What
/// neither names is one row without names.
/// </summary>
public sealed class ContainerList
{
    private readonly Dictionary<ContainerName, ToldContainer> _told = [];
    private readonly Dictionary<ContainerName, StoredContainer> _rows = [];

    private ContainerList(bool isWhole) => IsWhole = isWhole;

    /// <summary>False: there are too many catalog objects to read, so only keys were used.</summary>
    public bool IsWhole { get; }

    /// <summary>The catalog says something about some of the rows.</summary>
    public bool IsTold => _told.Count > 0;

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<StoredContainer> Rows =>
        [.. _rows.Values.Select(row => row with { Workload = ToldOf(row)?.Workload ?? "" }).OrderBy(row => (row.Namespace, row.Pod, row.Container))];

    /// <summary>What the catalog says about a row; null: nothing.</summary>
    public ToldContainer? ToldOf(StoredContainer row) => _told.GetValueOrDefault(new ContainerName(row.Namespace, row.Pod, row.Container));

    /// <param name="reader">The store.</param>
    /// <param name="layout">The layout of its keys.</param>
    /// <param name="plan">The listed objects; others are ignored.</param>
    /// <param name="space">Only containers of this namespace; null: of all.</param>
    /// <param name="since">When the wanted objects were stored; null: at any time.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<ContainerList> ReadAsync(
        IObjectReader reader, KeyLayout layout, Plan plan, string? space, DateTimeOffset? since, CancellationToken cancellation)
    {
        var after = since - Planner.ClockSlack;
        var isWhole = plan.Objects == 0 || await CatalogObject.CountAsync(reader, layout.CatalogPrefix, after, CatalogFilter.MostCatalogs, cancellation).ConfigureAwait(false) is not null;
        var list = new ContainerList(isWhole);
        var listed = plan.Sequences.SelectMany(one => one.Objects.Select(item => (Item: item, one.Values))).ToDictionary(one => one.Item.Stored.Key, StringComparer.Ordinal);
        var ends = new ContainerEnds();
        if (isWhole && listed.Count > 0)
        {
            await foreach (var found in CatalogObject.ReadAllAsync(reader, layout.CatalogPrefix, after, _ => { }, cancellation).ConfigureAwait(false))
            {
                foreach (var entry in found.Entries)
                {
                    ends.Note(entry);

                    // If an object has two lines, which a damaged journal may cause, the first counts.
                    if (entry.Kind == CatalogEntryKind.Stored && listed.Remove(entry.Key, out var one))
                        list.Add(one.Item, one.Values, entry, space, ends);
                }

                Garbage.CollectIfDue();
            }
        }

        foreach (var (item, values) in listed.Values)
            list.AddRow(NameOf(values), item);
        foreach (var name in list._told.Keys.ToList())
            list._told[name] = list._told[name] with { HasEnded = ends.HasEnded(name) };
        return list;
    }

    private static ContainerName NameOf(PrefixValues values) => new(values.Namespace, values.Pod, values.Container);

    /// <summary>Keys that name a container have only its lines. Of others, the logs have the names.</summary>
    private void Add(ListedObject item, PrefixValues values, CatalogEntry entry, string? space, ContainerEnds ends)
    {
        List<string> logs = [.. entry.Sources.Select(source => source.Log).Distinct(StringComparer.Ordinal)];
        var isShared = !values.IsOneContainer && logs.Count > 1;
        foreach (var logsOfOne in logs.GroupBy(log => values.IsOneContainer || PodLog.SourceOf(log) is not { } source ? (isShared || entry.Source is null ? NameOf(values) : RunTable.NameOf(entry.Source)) : RunTable.NameOf(source)))
        {
            var name = logsOfOne.Key;
            if (space is not null && name.Namespace.Length > 0 && name.Namespace != space && !values.IsOneContainer)
                continue;
            AddRow(name, item);
            _told[name] = _told.GetValueOrDefault(name, new ToldContainer()).With(entry, isShared);
            ends.Note(name, entry, [.. logsOfOne], isShared);
        }
    }

    private void AddRow(ContainerName name, ListedObject item)
    {
        var one = new StoredContainer(name.Namespace, name.Pod, name.Container, item.Name.OpenedAt, item.Stored.Modified, 1, item.Stored.Length);
        _rows[name] = _rows.TryGetValue(name, out var before) ? before.And(one) : one;
    }
}
