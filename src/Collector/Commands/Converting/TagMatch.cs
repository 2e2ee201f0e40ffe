using System.Text.RegularExpressions;

namespace Collector.Commands.Converting;

/// <summary>How many of a source's tags, like <c>kube.*</c>, another agent's pattern matches.</summary>
internal enum TagShare
{
    None,
    Some,
    All,
}

/// <summary>
/// Tags of fluent-bit and Fluentd. In a source's tag a <c>*</c> stands for its files' paths, with dots for slashes. Everything in
/// such a tag is known except for the wildcards of the path.
/// </summary>
internal static partial class TagMatch
{
    /// <summary>The tags of a source: <c>kube.*</c> of /var/log/containers/*.log is <c>kube.var.log.containers.*.log</c>.</summary>
    public static string Expand(string tag, string path)
    {
        var at = tag.IndexOf('*', StringComparison.Ordinal);
        return at < 0 ? tag : $"{tag[..at]}{path.Trim('/').Replace('/', '.')}{tag[(at + 1)..]}";
    }

    /// <param name="pattern">The pattern of a match or a filter, as an expression over whole tags.</param>
    /// <param name="literal">The beginning of every tag that it matches.</param>
    /// <param name="tag">The source's tag, with a <c>*</c> for the unknown part.</param>
    public static TagShare Of(Regex pattern, string literal, string tag)
    {
        // Two stand-ins that no pattern names: a pattern that matches both matches any text there.
        if (pattern.IsMatch(tag.Replace("*", "qzq", StringComparison.Ordinal)) && pattern.IsMatch(tag.Replace("*", "q-z_q", StringComparison.Ordinal)))
            return TagShare.All;
        if (!tag.Contains('*', StringComparison.Ordinal))
            return TagShare.None;
        var known = tag[..tag.IndexOf('*', StringComparison.Ordinal)];
        return known.StartsWith(literal, StringComparison.Ordinal) || literal.StartsWith(known, StringComparison.Ordinal) ? TagShare.Some : TagShare.None;
    }

    /// <summary>The namespace of <c>kube.var.log.containers.*_shop_*.log</c>: links of containers are named POD_NAMESPACE_CONTAINER-ID.log.</summary>
    public static string? NamespaceOf(string pattern) => NamespaceForm().Match(pattern) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"containers\.\*+_([a-z0-9-]+)_\*+(\.log)?$")]
    private static partial Regex NamespaceForm();
}
