using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Collector.Reading.Lines;

namespace Collector.Reading;

/// <summary>A run of a container. Where all runs are wanted they count as one, and <paramref name="Life"/> is null.</summary>
internal readonly record struct RunName(ContainerName Container, string? Life);

/// <summary>A line in a block that is shown.</summary>
/// <param name="Number">Its number in the block.</param>
/// <param name="IsContext">The line itself does not match.</param>
/// <param name="IsAfterGap">Lines were left out before it.</param>
internal readonly record struct ShownPlace(int Number, bool IsContext, bool IsAfterGap);

/// <summary>
/// Some lines of an object that mixes containers, which follow each other: where they begin, and when they count for merging. All that is needed to
/// decode them alone. <see cref="BlockFinder"/> makes it.
/// </summary>
/// <param name="sequence">Whose object.</param>
/// <param name="item">The object.</param>
/// <param name="begin">Where decoding begins.</param>
/// <param name="at">Where its first line begins in the text.</param>
internal sealed class Block(ObjectSequence sequence, ListedObject item, BodyPlace begin, long at)
{
    private List<ShownPlace>? _places;

    public ObjectSequence Sequence => sequence;

    public ListedObject Item => item;

    public BodyPlace Begin => begin;

    public long At => at;

    /// <summary>How many lines reach to the last one that is shown. 0: none is.</summary>
    public int Lines { get; private set; }

    /// <summary>No line that is shown counts as earlier.</summary>
    public RecordTime Least { get; private set; } = new(long.MaxValue);

    /// <summary>No line that is shown counts as later.</summary>
    public RecordTime Greatest { get; private set; } = new(long.MinValue);

    /// <summary>The greatest times of runs before the block that are later than some of their records in it.</summary>
    public IReadOnlyDictionary<RunName, RecordTime> Earlier { get; set; } = MergeTimes.None;

    /// <summary>The time of the record before it in the object.</summary>
    public RecordTime Before { get; init; } = new(long.MinValue);

    /// <summary>All records have times, and count with them: each counts the same without the others.</summary>
    public bool IsPlain { get; set; }

    /// <summary>The lines that are shown, in order; null: each that matches.</summary>
    public IReadOnlyList<ShownPlace>? Places => _places;

    /// <summary>A line of it is shown.</summary>
    public void Show(int number, RecordTime merge)
    {
        Lines = Math.Max(Lines, number + 1);
        Least = merge < Least ? merge : Least;
        Greatest = merge > Greatest ? merge : Greatest;
    }

    /// <summary>A line of it is shown for another one's sake, or may be.</summary>
    public void Show(ShownPlace place, RecordTime merge)
    {
        Show(place.Number, merge);
        (_places ??= []).Add(place);
    }

    /// <summary>Nothing is shown any more: context is found later than the lines behind it.</summary>
    public void Finish() => _places?.Sort((one, other) => one.Number.CompareTo(other.Number));
}
