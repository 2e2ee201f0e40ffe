namespace Collector.Commands.Converting;

/// <summary>
/// Patterns of files that the other agent leaves out. The collector's begin with a slash; the star of fluent-bit and Vector also
/// stands for slashes, so that their <c>*.gz</c> leaves out whole paths.
/// </summary>
internal static class ExcludedPaths
{
    /// <param name="source">Whose files.</param>
    /// <param name="at">The place of the other agent's key.</param>
    /// <param name="name">The key.</param>
    /// <param name="patterns">As the other agent has them.</param>
    public static void Add(ConvertedSource source, Spot at, string name, IEnumerable<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (Absolute(pattern, source) is { } found)
                source.Keys.AddToList("excludePaths", [found]);
            else
                source.Keys.Weigh(at, $"{name} {pattern} does not begin with /, so it is left out: the collector's excludePaths are whole paths; write the pattern as one, and convert again");
        }
    }

    /// <summary>Null: it is not known which files the pattern leaves out.</summary>
    private static string? Absolute(string pattern, ConvertedSource source)
    {
        if (pattern.StartsWith('/') || pattern.StartsWith("${", StringComparison.Ordinal))
            return pattern;
        if (pattern.StartsWith("**/", StringComparison.Ordinal))
            return $"/{pattern}";
        var directory = source.IsContainers ? "/var/log/containers" : source.Path[..Math.Max(0, source.Path.LastIndexOf('/'))];
        return pattern.StartsWith('*') && !pattern.Contains('/', StringComparison.Ordinal) ? $"{directory}/{pattern}" : null;
    }
}
