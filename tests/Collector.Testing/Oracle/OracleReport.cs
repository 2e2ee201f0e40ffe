using System.Text;

namespace Collector.Testing.Oracle;

/// <summary>The ways in which stored logs can be wrong.</summary>
public enum Defect
{
    /// <summary>Written, not stored.</summary>
    Lost,

    /// <summary>Stored more than once under one prefix.</summary>
    Duplicated,

    /// <summary>Stored more than once, under different prefixes.</summary>
    TwoPrefixes,

    /// <summary>Stored though its pod had asked to be left out.</summary>
    Excluded,

    /// <summary>Stored though the output's <c>match</c> does not take it.</summary>
    Unmatched,

    /// <summary>Stored otherwise than written: text, time, identity, place, or not JSON at all.</summary>
    Damaged,

    /// <summary>Stored after a later record of its stream.</summary>
    Misordered,

    /// <summary>A key that contract §4 does not allow.</summary>
    BadKey,

    /// <summary>An object that appeared after a later one of its prefix, or whose chunk id goes back.</summary>
    KeyOrder,

    EmptyObject,

    /// <summary>A body over <c>maxSize</c>.</summary>
    OversizedObject,
}

/// <summary>What the oracle found.</summary>
public sealed class OracleReport
{
    private const int ExamplesPerDefect = 5;

    private readonly long[] counts = new long[Enum.GetValues<Defect>().Length];
    private readonly List<string>[] examples = [.. Enum.GetValues<Defect>().Select(_ => new List<string>())];

    public long RecordsWritten { get; internal set; }

    public long RecordsStored { get; internal set; }

    public long Objects { get; internal set; }

    public long StoredBytes { get; internal set; }

    /// <summary>Of all bodies, decoded.</summary>
    public long BodyBytes { get; internal set; }

    /// <summary>Not stored, and allowed not to be: their files were deleted with leave to lose them.</summary>
    public long Excused { get; internal set; }

    /// <summary>Not stored, and not to be: their pods had asked to be left out, or <c>match</c> does not take them.</summary>
    public long LeftOut { get; internal set; }

    /// <summary>Written about when their pod changed: stored or not, as it came.</summary>
    public long Undecided { get; internal set; }

    /// <summary>Temporary files of killed writers. No defect.</summary>
    public long TemporaryFiles { get; internal set; }

    /// <summary>The first objects in key order, relative to the store.</summary>
    public IReadOnlyList<string> Keys { get; internal set; } = [];

    public bool IsClean => counts.All(c => c == 0);

    public long this[Defect defect] => counts[(int)defect];

    public IReadOnlyList<string> Examples(Defect defect) => examples[(int)defect];

    /// <summary>Counts and the first few examples of each defect there is.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{RecordsWritten} records in, {RecordsStored} out, {Objects} objects");
        foreach (Defect defect in Enum.GetValues<Defect>().Where(d => this[d] > 0))
        {
            text.AppendLine().Append($"{defect}: {this[defect]}");
            foreach (string example in Examples(defect)) text.AppendLine().Append("  ").Append(example);
        }

        return text.ToString();
    }

    internal void Add(Defect defect, Func<string> example, long count = 1)
    {
        counts[(int)defect] += count;
        if (examples[(int)defect].Count < ExamplesPerDefect) examples[(int)defect].Add(example());
    }
}
