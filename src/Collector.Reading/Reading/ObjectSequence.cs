using Collector.ObjectStores;
using Collector.Reading.Layout;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>An object of ours in a list.</summary>
internal readonly record struct ListedObject(StoredObject Stored, ObjectName Name);

/// <summary>The objects of one prefix and one node, in key order: each container's lines are in order in them (I9).</summary>
internal sealed record ObjectSequence(string Prefix, string Node, PrefixValues Values, IReadOnlyList<ListedObject> Objects)
{
    /// <summary>What the keys say of all lines.</summary>
    public Source Source { get; } = new() { Namespace = Values.Namespace, Pod = Values.Pod, Container = Values.Container };

    /// <summary>Whose it is, as its keys say; of several prefixes (dates) it is the same.</summary>
    public string Container { get; } = $"{Values.Namespace}/{Values.Pod}/{Values.Container}";

    /// <summary>When the newest object was stored: its records are not later, but for clocks that differ.</summary>
    public DateTimeOffset LastModified => Objects.Max(item => item.Stored.Modified);
}

/// <summary>What was found for a question, before anything is read.</summary>
public sealed class Plan
{
    internal Plan(IReadOnlyList<ObjectSequence> sequences, bool isWhole) => (Sequences, IsWhole) = (sequences, isWhole);

    internal IReadOnlyList<ObjectSequence> Sequences { get; }

    /// <summary>False: only the last objects were listed.</summary>
    internal bool IsWhole { get; }

    /// <summary>Keys of objects that hold nothing of what is asked for, as the catalog tells.</summary>
    internal IReadOnlySet<string> LeftOut { get; private init; } = new HashSet<string>();

    /// <summary>The same, but for objects that hold nothing of what is asked for.</summary>
    internal Plan Without(IReadOnlySet<string> keys)
    {
        var kept = Sequences.Select(one => one with { Objects = [.. one.Objects.Where(item => !keys.Contains(item.Stored.Key))] });
        return new Plan([.. kept.Where(one => one.Objects.Count > 0)], IsWhole) { LeftOut = keys };
    }

    public int Objects => Sequences.Sum(sequence => sequence.Objects.Count);

    /// <summary>Of all objects as they are stored.</summary>
    public long Bytes => Sequences.Sum(sequence => sequence.Objects.Sum(item => item.Stored.Length));

    /// <summary>What the keys say: namespace, pod, container; in order, each once.</summary>
    public IReadOnlyList<(string Namespace, string Pod, string Container)> Containers =>
        [.. Sequences.Select(one => (one.Values.Namespace, one.Values.Pod, one.Values.Container)).Distinct().Order()];

    /// <summary>A row for each container, in order, of all that its keys and the list say.</summary>
    public IReadOnlyList<StoredContainer> Summary =>
    [
        .. Sequences.GroupBy(one => (one.Values.Namespace, one.Values.Pod, one.Values.Container)).OrderBy(group => group.Key).Select(group => new StoredContainer(
            group.Key.Namespace, group.Key.Pod, group.Key.Container,
            group.Min(one => one.Objects[0].Name.OpenedAt), group.Max(one => one.LastModified),
            group.Sum(one => one.Objects.Count), group.Sum(one => one.Objects.Sum(item => item.Stored.Length)))),
    ];

    /// <summary>There are objects of lines without records around them.</summary>
    public bool HasText => Sequences.Any(one => one.Objects.Any(item => item.Name.Format == Pipeline.Records.ObjectFormat.Text));
}

/// <summary>What keys and a list say of one container; empty where they do not.</summary>
/// <param name="Namespace">As it stands in keys, as the two that follow.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Container">Its name.</param>
/// <param name="FirstOpened">When the agent began its first object.</param>
/// <param name="LastStored">When the store got its last.</param>
/// <param name="Objects">How many there are.</param>
/// <param name="Bytes">Of all of them, as they are stored.</param>
public sealed record StoredContainer(string Namespace, string Pod, string Container, DateTimeOffset FirstOpened, DateTimeOffset LastStored, int Objects, long Bytes)
{
    /// <summary>Together with what another list says of the same container.</summary>
    internal StoredContainer And(StoredContainer other) => this with
    {
        FirstOpened = FirstOpened < other.FirstOpened ? FirstOpened : other.FirstOpened,
        LastStored = LastStored > other.LastStored ? LastStored : other.LastStored,
        Objects = Objects + other.Objects,
        Bytes = Bytes + other.Bytes,
    };
}
