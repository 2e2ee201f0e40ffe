namespace Collector.Configuration.Binding;

/// <summary>One mistake in the configuration: where, what, and what to write instead.</summary>
/// <param name="Path">Like <c>outputs[0].batch.maxSize</c>; the name of the file when the mistake concerns the whole file.</param>
/// <param name="Line">From 1; 0 when there is no line.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record Mistake(string Path, int Line, string Problem, string Fix)
{
    /// <summary>Always one line, whatever the configuration held: programs read it.</summary>
    public override string ToString()
    {
        var line = Line > 0 ? $" (line {Line})" : "";
        return string.Create(null, $"{Path}{line}: {Problem}; {Fix}").ReplaceLineEndings(" ");
    }
}
