using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>The events of a source that a match or filter takes by their tags.</summary>
/// <param name="Share">How many.</param>
/// <param name="Namespaces">For a part: the namespaces that are this part; none: it is selected by something else.</param>
/// <param name="Links">For a part: globs of the containers' links that are this part; none: it is selected by something else.</param>
internal sealed record FluentdTagPart(TagShare Share, IReadOnlyList<string> Namespaces, IReadOnlyList<string> Links);

/// <summary>
/// Fluentd's patterns of tags: a <c>*</c> stands for one part between dots, <c>**</c> for any number of them, <c>{a,b}</c> for either;
/// several patterns have blanks between them.
/// </summary>
internal static partial class FluentdPattern
{
    private const string LinkDirectory = "var.log.containers.";

    /// <param name="element">The match or filter.</param>
    /// <param name="source">Whose events.</param>
    /// <param name="tag">The source's tag, expanded.</param>
    public static FluentdTagPart Of(FluentdElement element, ConvertedSource source, string tag)
    {
        var patterns = (element.Argument.Length > 0 ? element.Argument : "**").Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).SelectMany(Expanded);
        var taking = patterns.Select(pattern => (Pattern: pattern, Share: ShareOf(element, pattern, tag))).Where(p => p.Share != TagShare.None).ToList();
        var share = taking.Select(p => p.Share).DefaultIfEmpty(TagShare.None).Max();
        // A pod's name may have dots, which a single star does not match.
        if (share != TagShare.Some || !source.IsContainers || taking.Exists(p => SingleStar().IsMatch(p.Pattern)))
            return new FluentdTagPart(share, [], []);
        var namespaces = taking.Select(p => TagMatch.NamespaceOf(p.Pattern) is { } part && ShareOf(element, part.Before, tag) == TagShare.All ? part.Namespace : null).ToList();
        var links = taking.Select(p => LinkOf(p.Pattern, tag)).ToList();
        return new FluentdTagPart(share, namespaces.Contains(null) ? [] : [.. namespaces.OfType<string>().Distinct(StringComparer.Ordinal)], links.Contains(null) ? [] : [.. links.OfType<string>()]);
    }

    /// <summary><c>a.{b,c}</c> is <c>a.b</c> and <c>a.c</c>.</summary>
    private static IEnumerable<string> Expanded(string pattern) =>
        Alternatives().Match(pattern) is { Success: true } found
            ? found.Groups[1].Value.Split(',').SelectMany(one => Expanded($"{pattern[..found.Index]}{one}{pattern[(found.Index + found.Length)..]}"))
            : [pattern];

    private static TagShare ShareOf(FluentdElement element, string pattern, string tag)
    {
        try
        {
            if (!CanEnd(pattern, tag[(tag.LastIndexOf('.') + 1)..]))
                return TagShare.None;
            var parts = pattern.Split('*');
            return TagMatch.Of(new Regex(Expression(pattern), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), parts[0], parts[^1], tag);
        }
        catch (ArgumentException)
        {
            throw new ConvertException(element.At, $"'{pattern}' is not a pattern of tags");
        }
    }

    /// <summary>Whether it can match a tag with a known last part: <c>cart-*</c> has no dot, so it does not match <c>….log</c>.</summary>
    private static bool CanEnd(string pattern, string last)
    {
        var end = pattern[(pattern.LastIndexOf('.') + 1)..];
        var any = end.LastIndexOf("**", StringComparison.Ordinal);
        return last.Contains('*', StringComparison.Ordinal) || end.EndsWith("**", StringComparison.Ordinal)
            || Regex.IsMatch(last, Expression(any < 0 ? end : end[any..]), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    private static string Expression(string pattern)
    {
        var text = Regex.Escape(pattern)
            .Replace(@"\.\*\*", @"(\..*)?", StringComparison.Ordinal)
            .Replace(@"\*\*\.", @"(.*\.)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", @"[^.]*", StringComparison.Ordinal);
        return $"^{text}$";
    }

    /// <summary>The glob of links for <c>kubernetes.var.log.containers.cart-**</c>: a link's name is the tag behind the directory.</summary>
    private static string? LinkOf(string pattern, string tag)
    {
        var at = pattern.IndexOf(LinkDirectory, StringComparison.Ordinal);
        if (at < 0 || !tag.Contains(LinkDirectory, StringComparison.Ordinal) || tag[..tag.IndexOf(LinkDirectory, StringComparison.Ordinal)] != pattern[..at])
            return null;
        var name = Stars().Replace(pattern[(at + LinkDirectory.Length)..], "*");
        return LinkName().IsMatch(name) ? $"/var/log/containers/{name}" : null;
    }

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Alternatives();

    [GeneratedRegex(@"(?<!\*)\*(?!\*)")]
    private static partial Regex SingleStar();

    [GeneratedRegex(@"\.?\*+")]
    private static partial Regex Stars();

    /// <summary>A name that the containers' links can have: POD_NAMESPACE_CONTAINER-ID.log.</summary>
    [GeneratedRegex(@"^[a-z0-9_.*-]+(\*|\.log)$")]
    private static partial Regex LinkName();
}
