using Collector.ObjectStores;
using Collector.Pipeline.Records;
using Collector.Reading.Catalog;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>An object of ours in a list.</summary>
internal readonly record struct ListedObject(StoredObject Stored, ObjectName Name)
{
    /// <summary>Of an object of text: what the catalog says about its lines; null: nothing, or it was not asked.</summary>
    public ToldText? Text { get; init; }

    /// <summary>Of an object of text: when its lines were written, by the catalog; else when they were read, between its opening and its storing.</summary>
    public (RecordTime First, RecordTime Last) Times => Text?.Times ?? (RecordTime.From(Name.OpenedAt), RecordTime.From(Stored.Modified + Planner.ClockSlack));
}

/// <summary>The objects of one prefix and one node, in key order: each container's lines are in order in them (I9).</summary>
internal sealed record ObjectSequence(string Prefix, string Node, PrefixValues Values, IReadOnlyList<ListedObject> Objects)
{
    /// <summary>The names in its keys, which hold for all lines.</summary>
    private readonly Source _source = new() { Namespace = Values.Namespace, Pod = Values.Pod, Container = Values.Container };

    /// <summary>The stream in its keys; empty when they do not say.</summary>
    private readonly string _stream = Values.Fields.GetValueOrDefault(KeyTemplate.StreamField) is "stdout" or "stderr" ? Values.Fields[KeyTemplate.StreamField] : "";

    /// <summary>Parses the lines of one of its objects. What a line does not say is known from its key, or from the catalog.</summary>
    public LineParser ParserOf(ListedObject item)
    {
        if (item.Name.Format != ObjectFormat.Text)
            return new LineParser(item.Name.Format, _source, _stream);
        var key = _source with { Labels = Values.Labels, OwnerKind = Values.OwnerKind, OwnerName = Values.OwnerName };
        return item.Text is { } text
            ? new LineParser(item.Name.Format, text.Source.WithMetadataOf(key), _stream.Length > 0 ? _stream : text.Stream, item.Times)
            : new LineParser(item.Name.Format, key, _stream, item.Times);
    }

    /// <summary>The container in its keys, which is the same for several prefixes (dates).</summary>
    public string Container { get; } = $"{Values.Namespace}/{Values.Pod}/{Values.Container}";

    /// <summary>When the newest object was stored: its records are not later, apart from differing clocks.</summary>
    public DateTimeOffset LastModified => Objects.Max(item => item.Stored.Modified);

    /// <summary>Upper bound of its records' times: the end of the key's day, or the time of storing.</summary>
    public DateTimeOffset NoRecordAfter
    {
        get
        {
            var stored = LastModified + Planner.ClockSlack;
            return Values.Dates.Range is var (_, end) && end < stored ? end : stored;
        }
    }
}

/// <summary>The objects that were found for a question, before any is read.</summary>
public sealed record Plan
{
    internal Plan(IReadOnlyList<ObjectSequence> sequences, bool isWhole) => (Sequences, IsWhole) = (sequences, isWhole);

    internal IReadOnlyList<ObjectSequence> Sequences { get; private init; }

    /// <summary>Those of prefixes that belong to one container.</summary>
    internal IReadOnlyList<ObjectSequence> OfOneContainer => [.. Sequences.Where(one => one.Values.IsOneContainer)];

    /// <summary>Those of prefixes that may mix containers.</summary>
    internal IReadOnlyList<ObjectSequence> OfSeveralContainers => [.. Sequences.Where(one => !one.Values.IsOneContainer)];

    /// <summary>False: only the last objects were listed.</summary>
    internal bool IsWhole { get; }

    /// <summary>What the question asks of objects of text and only the catalog tells; null: there are none, or keys tell it.</summary>
    public TextNeed? TextNeed { get; internal init; }

    /// <summary>The runs that the catalog tells of objects of text, also of those that are left out.</summary>
    internal IReadOnlyCollection<Run> ToldRuns { get; init; } = [];

    /// <summary>Keys of objects that hold no line for the question, according to the catalog, or of text of which this is not known; they are not read.</summary>
    internal IReadOnlySet<string> LeftOut { get; private init; } = new HashSet<string>();

    /// <summary>The namespaces of what an object holds for the question, by its key, of the objects that the catalog lists.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<string>> Told { get; private init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>There are objects of this layout, and the catalog shows that they hold no line for the question.</summary>
    public bool IsNarrowed => LeftOut.Count > 0;

    /// <summary>Of some objects it is known that they hold no line for the question.</summary>
    public bool HasDecided => LeftOut.Count > (TextNeed?.Undecided ?? 0);

    /// <summary>The same plan without the objects of these keys.</summary>
    internal Plan Without(IReadOnlySet<string> keys, IReadOnlyDictionary<string, IReadOnlyList<string>> told) =>
        Deciding(item => keys.Contains(item.Stored.Key) ? null : item) with { Told = told };

    /// <summary>The same plan with the objects that were stored at this time or later.</summary>
    internal Plan StoredSince(DateTimeOffset time) =>
        new([.. Sequences.Select(one => one with { Objects = [.. one.Objects.Where(item => item.Stored.Modified >= time)] }).Where(one => one.Objects.Count > 0)], IsWhole) { TextNeed = TextNeed, ToldRuns = ToldRuns };

    /// <summary>The same plan with what is decided for each object; null: it is left out.</summary>
    internal Plan Deciding(Func<ListedObject, ListedObject?> decide)
    {
        var leftOut = LeftOut.ToHashSet(StringComparer.Ordinal);
        List<ObjectSequence> kept = [];
        foreach (var sequence in Sequences)
        {
            List<ListedObject> objects = [];
            foreach (var item in sequence.Objects)
            {
                if (decide(item) is { } one)
                    objects.Add(one);
                else
                    leftOut.Add(item.Stored.Key);
            }

            if (objects.Count > 0)
                kept.Add(sequence with { Objects = objects });
        }

        return this with { Sequences = kept, LeftOut = leftOut };
    }

    public int Objects => Sequences.Sum(sequence => sequence.Objects.Count);

    /// <summary>Of all objects as they are stored.</summary>
    public long Bytes => Sequences.Sum(sequence => sequence.Objects.Sum(item => item.Stored.Length));

    /// <summary>The containers in the keys: namespace, pod, container; in order, each once.</summary>
    public IReadOnlyList<(string Namespace, string Pod, string Container)> Containers =>
        [.. Sequences.Select(one => (one.Values.Namespace, one.Values.Pod, one.Values.Container)).Distinct().Order()];

    /// <summary>Some objects hold lines without records.</summary>
    public bool HasText => Sequences.Any(one => one.Objects.Any(item => item.Name.Format == ObjectFormat.Text));
}

/// <summary>What is known of one container without its records; unknown parts are empty.</summary>
/// <param name="Namespace">As in keys, like the two that follow; of the catalog, if keys do not name containers.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Container">Its name.</param>
/// <param name="FirstOpened">When the agent began its first object.</param>
/// <param name="LastStored">When the store got its last.</param>
/// <param name="Objects">How many there are.</param>
/// <param name="Bytes">The size of all of them, as stored.</param>
public sealed record StoredContainer(string Namespace, string Pod, string Container, DateTimeOffset FirstOpened, DateTimeOffset LastStored, int Objects, long Bytes)
{
    /// <summary>Kind and name of what owns its pod, like <c>Deployment/cart</c>; empty: the catalog was not read, or does not say it.</summary>
    public string Workload { get; init; } = "";

    /// <summary>Adds what another list says about the same container.</summary>
    internal StoredContainer And(StoredContainer other) => this with
    {
        FirstOpened = FirstOpened < other.FirstOpened ? FirstOpened : other.FirstOpened,
        LastStored = LastStored > other.LastStored ? LastStored : other.LastStored,
        Objects = Objects + other.Objects,
        Bytes = Bytes + other.Bytes,
    };
}
