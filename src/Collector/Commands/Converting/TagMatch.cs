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
    /// <param name="head">The beginning of every tag that it matches.</param>
    /// <param name="tail">The end of every tag that it matches.</param>
    /// <param name="tag">The source's tag, with a <c>*</c> for the unknown part.</param>
    public static TagShare Of(Regex pattern, string head, string tail, string tag)
    {
        // Stand-ins that no pattern names: a pattern that matches all of them matches any text there.
        if (((string[])["qzq", "q-z_q", "q-z.q"]).All(name => pattern.IsMatch(tag.Replace("*", name, StringComparison.Ordinal))))
            return TagShare.All;
        if (!tag.Contains('*', StringComparison.Ordinal))
            return TagShare.None;
        var (first, last) = (tag[..tag.IndexOf('*', StringComparison.Ordinal)], tag[(tag.LastIndexOf('*') + 1)..]);
        var canBegin = first.StartsWith(head, StringComparison.Ordinal) || head.StartsWith(first, StringComparison.Ordinal);
        var canEnd = last.EndsWith(tail, StringComparison.Ordinal) || tail.EndsWith(last, StringComparison.Ordinal);
        return canBegin && canEnd ? TagShare.Some : TagShare.None;
    }

    /// <summary>
    /// The namespace of <c>kube.var.log.containers.*_shop_*.log</c>, and the pattern before it, which has to match all tags: links of
    /// containers are named POD_NAMESPACE_CONTAINER-ID.log.
    /// </summary>
    public static (string Before, string Namespace)? NamespaceOf(string pattern) =>
        NamespaceForm().Match(pattern) is { Success: true } match ? ($"{match.Groups[1].Value}**", match.Groups[2].Value) : null;

    [GeneratedRegex(@"^([^_]*?)\*+_([a-z0-9-]+)_\*+(?:\.log)?$")]
    private static partial Regex NamespaceForm();
}
