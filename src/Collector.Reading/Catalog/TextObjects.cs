using Collector.Pipeline.Records;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>What a question asks of objects of text that only the catalog can tell.</summary>
/// <param name="Options">As on the command line, for messages.</param>
/// <param name="Undecided">Objects that are left out of the plan, because the catalog does not tell it of them.</param>
/// <param name="Unlisted">Those of them that the catalog does not list.</param>
/// <param name="Trouble">Why the catalog was not read, or only in part; empty: it was read.</param>
public sealed record TextNeed(string Options, int Undecided, int Unlisted, string Trouble);

/// <summary>
/// Answers the part of a question that lines of text cannot answer, because they are no records: by their keys, and by the catalog,
/// for all lines of an object at once (../DESIGN.md, "Text").
/// </summary>
/// <param name="layout">The layout of the keys.</param>
/// <param name="question">The question.</param>
internal sealed class TextObjects(KeyLayout layout, Question question)
{
    private const string LabelsOption = "-l";

    private readonly Dictionary<string, ToldText> _told = new(StringComparer.Ordinal);
    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);

    /// <summary>Of logs: a source with labels or an owner, for objects whose first record was read before these were known.</summary>
    private readonly Dictionary<string, Source> _known = new(StringComparer.Ordinal);
    private readonly SeenRuns _runs = new();
    private readonly List<string> _options = [.. OptionsOf(layout, question)];

    /// <summary>Keys do not tell all that the question asks.</summary>
    public bool NeedsCatalog => _options.Count > 0;

    /// <summary>Keys show the times of objects, and the catalog those of their lines.</summary>
    public bool HasTimes => question.Since is not null || question.Until is not null;

    /// <summary>Why the catalog was not read, or only in part; empty: it was read.</summary>
    public string Trouble { get; set; } = "";

    /// <summary>Receives the catalog's line of an object of text.</summary>
    public void Note(CatalogEntry entry)
    {
        _listed.Add(entry.Key);
        var text = ToldText.Of(entry);
        foreach (var (source, last) in ToldText.RunsOf(entry, text).Where(run => question.FitsNames(run.Source, question.PodPattern)))
            _runs.Note(source, last);
        if (text is null)
            return;
        _told[entry.Key] = text;
        if (text.Source.HasMetadata)
            _known[text.Log] = text.Source;
    }

    /// <summary>The plan with what was told, and without the objects of text that do not fit, or of which it is not known.</summary>
    public Plan Apply(Plan plan)
    {
        var (undecided, unlisted) = (0, 0);
        var decided = plan.Deciding(Decide);
        return decided with { TextNeed = NeedsCatalog ? new TextNeed(string.Join(", ", _options), undecided, unlisted, Trouble) : null, ToldRuns = _runs.All };

        ListedObject? Decide(ListedObject item)
        {
            if (item.Name.Format != ObjectFormat.Text)
                return item;
            var text = _told.TryGetValue(item.Stored.Key, out var told) ? WithMetadata(told) : null;
            if (IsUndecided(text))
            {
                undecided++;
                unlisted += _listed.Contains(item.Stored.Key) ? 0 : 1;
                return null;
            }

            var one = item with { Text = text };
            return IsInTime(one.Times) ? one : null;
        }
    }

    /// <summary>The parts of a question that the keys of a layout leave open.</summary>
    private static IEnumerable<string> OptionsOf(KeyLayout layout, Question question)
    {
        if (question.Namespace is not null && !layout.Says(KnownValues.NamespaceField))
            yield return "-n";
        if (question.Pod is not null && !layout.Says(KnownValues.PodField))
            yield return "POD";
        if (question.Container is not null && !layout.Says(KnownValues.ContainerField))
            yield return "-c";

        // Keys and records name the owner that people deploy: whose Job or ReplicaSet it was is decided by the labels.
        if (question.OwnerName is not null && (question.OwnerKind is "Job" or "ReplicaSet" || !layout.Says("kubernetes.owner_kind") || !layout.Says("kubernetes.owner_name")))
            yield return "KIND/NAME";
        if (question.Labels.IsGiven && !(question.Labels.HasOnlyEqualities && question.Labels.Names.All(label => layout.Says($"kubernetes.labels.{label}"))))
            yield return LabelsOption;
        if (question.Stream is not null && !layout.HasStream)
            yield return "--stream";
        if (question.Lives == Lives.Previous)
            yield return "--previous";
    }

    private bool IsUndecided(ToldText? text) =>
        (NeedsCatalog && text is null)
        || (text is { Stream.Length: 0 } && question.Stream is not null && !layout.HasStream)
        || (text is { Source.HasMetadata: false } && _options.Contains(LabelsOption));

    private bool IsInTime((RecordTime First, RecordTime Last) times) => !(times.Last < question.SinceTime) && !(times.First > question.UntilTime);

    private ToldText WithMetadata(ToldText text) =>
        _known.TryGetValue(text.Log, out var known) ? text with { Source = text.Source.WithMetadataOf(known) } : text;
}
