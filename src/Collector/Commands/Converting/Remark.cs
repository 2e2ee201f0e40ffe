namespace Collector.Commands.Converting;

/// <summary>A place in the other agent's configuration.</summary>
/// <param name="File">The file, as given or as an include names it.</param>
/// <param name="Line">From 1; 0: the file as a whole.</param>
internal readonly record struct Spot(string File, int Line)
{
    public override string ToString() => Line > 0 ? $"{File} line {Line}" : File;
}

/// <summary>Something of the other agent's configuration that has no counterpart, or another one than might be expected.</summary>
/// <param name="At">Its place.</param>
/// <param name="Text">Subject, consequence, way out.</param>
/// <param name="IsOfWeight">Other data would be stored, or the same data in another form (CONVERT.md has the rule).</param>
internal sealed record Remark(Spot At, string Text, bool IsOfWeight)
{
    /// <summary>Always one line: the other agent's values may hold anything.</summary>
    public override string ToString() =>
        string.Concat($"{(IsOfWeight ? "NOT CONVERTED" : "note")}: {Text} ({At})".Select(c => char.IsControl(c) ? ' ' : c));
}

/// <summary>A file that is not of the expected kind.</summary>
internal sealed class ConvertException(Spot at, string problem) : Exception($"{at}: {problem}")
{
    public ConvertException(string file, string problem)
        : this(new Spot(file, 0), problem)
    {
    }
}
