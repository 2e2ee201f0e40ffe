using System.Text.Json;
using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Layout;

namespace Collector.Reading.Catalog;

/// <summary>What the catalog says about one container's listed objects.</summary>
public sealed record ToldContainer
{
    /// <summary>The earliest time that the catalog has of its records.</summary>
    public RecordTime First { get; init; } = new(long.MaxValue);

    /// <summary>The latest time that the catalog has of its records.</summary>
    public RecordTime Last { get; init; } = new(long.MinValue);

    public int Objects { get; init; }

    public long Records { get; init; }

    /// <summary>Before compression.</summary>
    public long Bytes { get; init; }

    /// <summary>Kind and name of what owns its pod, like <c>Deployment/cart</c>; empty: the records do not say it.</summary>
    public string Workload { get; init; } = "";

    /// <summary>
    /// The newest container of this name has ended, and its log was read. False: it is running, or its end was not recorded.
    /// </summary>
    public bool HasEnded { get; init; }

    internal ToldContainer With(CatalogEntry entry)
    {
        RecordTime[] times = [.. entry.Times];
        return this with
        {
            First = times.Append(First).Min(),
            Last = times.Append(Last).Max(),
            Objects = Objects + 1,
            Records = Records + entry.Records,
            Bytes = Bytes + entry.Bytes,
            Workload = WorkloadOf(entry) is { Length: > 0 } workload ? workload : Workload,
        };
    }

    private static string WorkloadOf(CatalogEntry entry)
    {
        return Text("owner_kind") is { Length: > 0 } kind && Text("owner_name") is { Length: > 0 } name ? $"{kind}/{name}" : "";

        string? Text(string field) => entry.Kubernetes?.TryGetProperty(field, out var value) == true && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}

/// <summary>Sums of a catalog, a container each.</summary>
public static class ToldContainers
{
    /// <summary>By namespace, pod and container, as in keys; null: there are too many catalog objects to read.</summary>
    /// <param name="reader">The store.</param>
    /// <param name="layout">The layout of its keys.</param>
    /// <param name="plan">The listed objects; others are ignored.</param>
    /// <param name="since">When the wanted objects were stored; null: at any time.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Dictionary<(string Namespace, string Pod, string Container), ToldContainer>?> ReadAsync(
        IObjectReader reader, KeyLayout layout, Plan plan, DateTimeOffset? since, CancellationToken cancellation)
    {
        var told = new Dictionary<(string Namespace, string Pod, string Container), ToldContainer>();
        var ends = new ContainerEnds();
        var after = since - Planner.ClockSlack;
        if (await CatalogObject.CountAsync(reader, layout.CatalogPrefix, after, CatalogFilter.MostCatalogs, cancellation).ConfigureAwait(false) is null)
            return null;

        var listed = plan.Sequences.SelectMany(one => one.Objects.Select(item => (item.Stored.Key, one.Values))).ToDictionary(one => one.Key, one => one.Values, StringComparer.Ordinal);
        await foreach (var found in CatalogObject.ReadAllAsync(reader, layout.CatalogPrefix, after, _ => { }, cancellation).ConfigureAwait(false))
        {
            foreach (var entry in found.Entries)
            {
                ends.Note(entry);
                // If an object has two lines, which a damaged journal may cause, the first counts.
                if (entry.Kind != CatalogEntryKind.Stored || !listed.Remove(entry.Key, out var values))
                    continue;
                var container = (values.Namespace, values.Pod, values.Container);
                told[container] = told.GetValueOrDefault(container, new ToldContainer()).With(entry);
                ends.Note(container, entry);
            }

            Garbage.CollectIfDue();
        }

        foreach (var container in told.Keys.ToList())
            told[container] = told[container] with { HasEnded = ends.HasEnded(container) };
        return told;
    }
}
