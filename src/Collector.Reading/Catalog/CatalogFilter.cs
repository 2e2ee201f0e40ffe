using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>
/// Leaves out of a plan the objects that hold nothing of what is asked for, as the catalog tells. Keys do not say labels, nor what
/// a layout leaves out; without the catalog each object that they leave open is fetched. Only whole objects are left out, by whose
/// lines they hold: the lines themselves are still decided by their records.
/// </summary>
/// <param name="reader">The store.</param>
/// <param name="layout">Of its keys.</param>
/// <param name="question">What is asked for.</param>
internal sealed class CatalogFilter(IObjectReader reader, KeyLayout layout, Question question)
{
    /// <summary>Catalog objects that are read for one question: some seconds. A month of a hundred nodes has two hundred times as many.</summary>
    public const int MostCatalogs = 2000;

    /// <summary>Before the names of a log that kubelet's directory has.</summary>
    private const string PodLog = "pod:";

    /// <summary>Whether something is asked for that keys leave open and the catalog tells.</summary>
    private bool IsOfUse =>
        (question.Labels.IsGiven && !question.Labels.Names.All(label => layout.Says($"kubernetes.labels.{label}")))
        || (question.Namespace is not null && !layout.Says(KnownValues.NamespaceField))
        || (question.PodPattern is not null && !layout.Says(KnownValues.PodField))
        || (question.Container is not null && !layout.Says(KnownValues.ContainerField));

    /// <summary>The plan without those objects; the same plan where reading the catalog costs more than it can spare, or the catalog cannot be read.</summary>
    public async Task<Plan> NarrowAsync(Plan plan, CancellationToken cancellation)
    {
        try
        {
            return IsOfUse && plan.Objects > 1 ? plan.Without(await OthersAsync(plan, cancellation).ConfigureAwait(false)) : plan;
        }
        catch (StoreReadException e) when (e.Trouble is ReadTrouble.Refused or ReadTrouble.NotFound)
        {
            return plan;
        }
    }

    private async Task<HashSet<string>> OthersAsync(Plan plan, CancellationToken cancellation)
    {
        var since = question.Since - Planner.ClockSlack;
        if (await CatalogObject.CountAsync(reader, layout.CatalogPrefix, since, Math.Min(MostCatalogs, plan.Objects - 1), cancellation).ConfigureAwait(false) is null)
            return [];

        var untold = plan.Sequences.SelectMany(sequence => sequence.Objects.Select(item => item.Stored.Key)).ToHashSet(StringComparer.Ordinal);
        var others = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in CatalogObject.ReadAllAsync(reader, layout.CatalogPrefix, since, _ => { }, cancellation).ConfigureAwait(false))
        {
            foreach (var entry in found.Entries)
            {
                if (entry is { Kind: CatalogEntryKind.Stored, Sources.Count: > 0 } && untold.Remove(entry.Key))
                    Sort(entry, others, wanted);
            }

            Garbage.CollectIfDue();
        }

        // A pod's labels may change: while one of its objects has those that are asked for, all of its objects are read.
        return others.Where(other => !other.Value.Exists(wanted.Contains)).Select(other => other.Key).ToHashSet(StringComparer.Ordinal);
    }

    private void Sort(CatalogEntry entry, Dictionary<string, List<string>> others, HashSet<string> wanted)
    {
        List<string> all = [.. entry.Sources.Select(source => source.Log).Distinct(StringComparer.Ordinal)];
        List<string> logs = [];
        foreach (var log in all)
        {
            // A file has no pod's name; what its records say is not told.
            if (SourceOf(log) is not { } source)
                return;
            if (Question.Fits(question.PodPattern, source.Pod) && (question.Namespace ?? source.Namespace) == source.Namespace && (question.Container ?? source.Container) == source.Container)
                logs.Add(log);
        }

        if (FitsLabels(entry, isOneLog: all.Count == 1))
            wanted.UnionWith(logs);
        others[entry.Key] = logs;
    }

    /// <summary>The catalog has the labels of an object's first record: of several logs it does not tell the others'. Labels may also have come later than the first record.</summary>
    private bool FitsLabels(CatalogEntry entry, bool isOneLog)
    {
        if (!question.Labels.IsGiven || !isOneLog || entry.Kubernetes is not { } kubernetes)
            return true;
        var labels = Source.Parse(System.Text.Encoding.UTF8.GetBytes(kubernetes.GetRawText()), new Source()).Labels;
        return labels.Count == 0 || question.Labels.Fits(labels);
    }

    /// <summary>From <c>pod:namespace_pod_uid/container</c>; null of any other log.</summary>
    private static Source? SourceOf(string log) =>
        log.StartsWith(PodLog, StringComparison.Ordinal) && log[PodLog.Length..].Split('/') is [var pod, { Length: > 0 } container] && pod.Split('_') is [{ Length: > 0 } space, var name, var uid]
            ? new Source { Namespace = space, Pod = name, PodId = uid, Container = container }
            : null;
}
