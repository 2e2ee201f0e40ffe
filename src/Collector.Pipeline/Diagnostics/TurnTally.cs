namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// The figures of one turn of a tail worker, counted without a lock and booked at once by <see cref="Books.Commit"/>, which also
/// empties it. One worker owns it and reuses it for all its turns: nothing is allocated once it has met every source and output.
/// Not thread safe.
/// </summary>
public sealed class TurnTally
{
    private SourceFigures[] _sources = [];
    private OutputTally[] _outputs = [];

    internal ReadOnlySpan<SourceFigures> Sources => _sources;

    internal ReadOnlySpan<OutputTally> Outputs => _outputs;

    /// <summary>The figures of <paramref name="source"/> in this turn: add to them.</summary>
    public SourceFigures GetOrAdd(SourceBook source) => Entry(ref _sources, source.Index);

    /// <summary>The figures of <paramref name="output"/> in this turn: add to them.</summary>
    public OutputTally GetOrAdd(OutputBook output) => Entry(ref _outputs, output.Index);

    private static T Entry<T>(ref T[] entries, int index)
        where T : new()
    {
        var known = entries.Length;
        if (index >= known)
        {
            Array.Resize(ref entries, index + 1);
            for (var i = known; i < entries.Length; i++)
            {
                entries[i] = new T();
            }
        }

        return entries[index];
    }
}

/// <summary>What one turn appended to the open chunks of one output.</summary>
public sealed class OutputTally
{
    /// <summary>Records in the appended frames.</summary>
    public long Records { get; set; }

    /// <summary>Bytes that the chunks grew by on disk, headers and coverage included.</summary>
    public long Bytes { get; set; }

    internal void Clear() => Records = Bytes = 0;
}
