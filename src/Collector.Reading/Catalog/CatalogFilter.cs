using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Layout;

namespace Collector.Reading.Catalog;

/// <summary>
/// Removes objects from a plan that hold no line for the question, as far as the catalog lists whose lines an object holds. Keys
/// contain no labels, and some layouts contain no pod; without the catalog, every object that the keys leave open is fetched. The
/// filter removes whole objects only: the records still decide about each line.
/// </summary>
/// <param name="reader">Reads the store.</param>
/// <param name="layout">The layout of the keys.</param>
/// <param name="question">The question that the plan belongs to.</param>
/// <param name="others">Receives the names of what is left out.</param>
internal sealed class CatalogFilter(IObjectReader reader, KeyLayout layout, Question question, OtherNames others)
{
    /// <summary>The most catalog objects that are read for one question; they take some seconds. A month of a hundred nodes has two hundred times as many.</summary>
    public const int MostCatalogs = 2000;

    /// <summary>Lines are to be read. False: the question is about the objects, so whose lines of text are is not decided, nor when they were written.</summary>
    public bool IsForLines { get; init; } = true;

    /// <summary>Only catalog objects that were made then or later are read; null: all.</summary>
    public DateTimeOffset? Since { get; init; } = question.Since;

    /// <summary>Whether the question asks for something that the keys do not contain and the catalog does.</summary>
    private bool IsOfUse =>
        (question.Labels.IsGiven && !question.Labels.Names.All(label => layout.Says($"kubernetes.labels.{label}")))
        || (question.Namespace is not null && !layout.Says(KnownValues.NamespaceField))
        || (question.PodPattern is not null && !layout.Says(KnownValues.PodField))
        || (question.Container is not null && !layout.Says(KnownValues.ContainerField));

    /// <summary>
    /// The plan without those objects, and with what the catalog tells of objects of text. The catalog is not read if it has more
    /// objects than the plan, unless it alone tells what the question asks of text. If it cannot be read, records decide.
    /// </summary>
    public async Task<Plan> NarrowAsync(Plan plan, CancellationToken cancellation)
    {
        var text = new TextObjects(layout, question);
        var hasText = IsForLines && plan.HasText;
        var most = hasText && (text.NeedsCatalog || text.HasTimes) ? MostCatalogs : IsOfUse ? Math.Min(MostCatalogs, plan.Objects - 1) : 0;
        try
        {
            if (most > 0)
                plan = await WithoutOthersAsync(plan, most, text, cancellation).ConfigureAwait(false);
        }
        catch (StoreReadException e) when (e.Trouble is ReadTrouble.Refused or ReadTrouble.NotFound)
        {
            text.Trouble = "the store refuses to read the catalog, or deleted it meanwhile";
        }

        return hasText ? text.Apply(plan) : plan;
    }

    private async Task<Plan> WithoutOthersAsync(Plan plan, int most, TextObjects text, CancellationToken cancellation)
    {
        var since = Since - Planner.ClockSlack;
        if (await CatalogObject.CountAsync(reader, layout.CatalogPrefix, since, most, cancellation).ConfigureAwait(false) is null)
        {
            text.Trouble = $"the catalog has more than {most} objects since then, which are too many to read; give --since 1d, or less";
            return plan;
        }

        var untold = plan.Sequences.SelectMany(sequence => sequence.Objects.Select(item => item.Stored.Key)).ToHashSet(StringComparer.Ordinal);
        var told = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in CatalogObject.ReadAllAsync(reader, layout.CatalogPrefix, since, _ => { }, cancellation).ConfigureAwait(false))
        {
            if (found.Damage.Length > 0)
                text.Trouble = $"{found.Key} is no catalog object any more: {found.Damage}";
            foreach (var entry in found.Entries)
            {
                // An object that was dropped may be in the store all the same.
                if (entry is not { Kind: CatalogEntryKind.Stored or CatalogEntryKind.Dropped, Sources.Count: > 0 } || !untold.Remove(entry.Key))
                    continue;
                if (ObjectName.OfAnyKey(entry.Key).Format == ObjectFormat.Text)
                    text.Note(entry);
                Sort(entry, told, wanted);
            }

            Garbage.CollectIfDue();
        }

        // A pod's labels may change: if one of its objects begins with matching labels, all of its objects are read.
        var leftOut = told.Where(one => !one.Value.Exists(wanted.Contains)).Select(one => one.Key).ToHashSet(StringComparer.Ordinal);
        return plan.Without(leftOut, told.Where(one => !leftOut.Contains(one.Key)).ToDictionary(one => one.Key, one => SpacesOf(one.Value), StringComparer.Ordinal));
    }

    private static IReadOnlyList<string> SpacesOf(List<string> logs) => [.. logs.Select(log => PodLog.SourceOf(log)!.Namespace).Distinct(StringComparer.Ordinal)];

    private void Sort(CatalogEntry entry, Dictionary<string, List<string>> told, HashSet<string> wanted)
    {
        List<string> all = [.. entry.Sources.Select(source => source.Log).Distinct(StringComparer.Ordinal)];
        List<string> logs = [];
        foreach (var log in all)
        {
            // The id of a file's log names no pod; only the file's records can decide.
            if (PodLog.SourceOf(log) is not { } source)
                return;
            if (question.FitsNames(source, question.PodPattern))
                logs.Add(log);
            else
                others.Note(question, source);
        }

        if (FitsLabels(entry, isOneLog: all.Count == 1))
            wanted.UnionWith(logs);
        told[entry.Key] = logs;
    }

    /// <summary>The catalog has the labels of an object's first record only. In an object of several logs the others' labels are unknown, and the first record may be older than the pod's metadata.</summary>
    private bool FitsLabels(CatalogEntry entry, bool isOneLog)
    {
        if (!question.Labels.IsGiven || !isOneLog || entry.Source is not { } source)
            return true;
        if (source.Labels.Count == 0 || question.Labels.Fits(source.Labels))
            return true;
        others.Note(question, source);
        return false;
    }
}
