using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>
/// A condition of VRL as comparisons that are joined: <c>!</c> binds tighter than <c>&amp;&amp;</c>, and that tighter than <c>||</c>.
/// </summary>
internal abstract partial record VectorCondition
{
    private sealed record All(IReadOnlyList<VectorCondition> Parts) : VectorCondition;

    private sealed record Any(IReadOnlyList<VectorCondition> Parts) : VectorCondition;

    private sealed record Not(VectorCondition Part) : VectorCondition;

    private sealed record Term(string Text) : VectorCondition;

    /// <summary>Null: its quotes or parentheses do not fit together.</summary>
    public static VectorCondition? Parse(string text) => new Reader(text).Read();

    /// <summary>
    /// The restrictions that select the same records, all of them together; null: the collector cannot select these records.
    /// </summary>
    /// <param name="isNegated">Select the records for which the condition does not hold.</param>
    /// <param name="at">Its place.</param>
    public IReadOnlyList<Restriction>? Restrictions(bool isNegated, Spot at) => this switch
    {
        Not negation => negation.Part.Restrictions(!isNegated, at),
        All all => isNegated ? Either(all.Parts, isNegated, at) : Together(all.Parts, isNegated, at),
        Any any => isNegated ? Together(any.Parts, isNegated, at) : Either(any.Parts, isNegated, at),
        Term term => term.Compared(isNegated, at) is { } one ? [one] : null,
        _ => null,
    };

    private static List<Restriction>? Together(IReadOnlyList<VectorCondition> parts, bool isNegated, Spot at)
    {
        var found = parts.Select(p => p.Restrictions(isNegated, at)).ToList();
        return found.Contains(null) ? null : [.. found.SelectMany(f => f!)];
    }

    /// <summary>One of several: only names of namespaces make one list.</summary>
    private static List<Restriction>? Either(IReadOnlyList<VectorCondition> parts, bool isNegated, Spot at)
    {
        var found = parts.Select(p => p.Restrictions(isNegated, at) is [Restriction.Namespaces { IsExclusion: false } one] ? one : null).ToList();
        return found.Contains(null) ? null : [new Restriction.Namespaces(at, IsExclusion: false, [.. found.SelectMany(f => f!.Globs).Distinct(StringComparer.Ordinal)])];
    }

    private Restriction? Compared(bool isNegated, Spot at)
    {
        if (this is not Term term || Comparison().Match(term.Text) is not { Success: true } found)
            return null;
        var (value, isEqual) = (found.Groups[4].Value, found.Groups[3].Value == "==" != isNegated);
        if (!found.Groups[1].Value.StartsWith("pod_labels", StringComparison.Ordinal))
            return NamespaceName().IsMatch(value) ? new Restriction.Namespaces(at, !isEqual, [value]) : null;
        return isEqual && value.Length > 0 ? new Restriction.PodLabel(at, found.Groups[2].Value.Trim('"'), value) : null;
    }

    /// <summary>Reads from the left to the right, each kind of join by a method of its own.</summary>
    private sealed class Reader(string text)
    {
        private int at;

        public VectorCondition? Read() => Joined("||") is { } found && at == text.Length ? found : null;

        private VectorCondition? Joined(string join)
        {
            var parts = new List<VectorCondition>();
            do
            {
                if ((join == "||" ? Joined("&&") : One()) is not { } part)
                    return null;
                parts.Add(part);
            }
            while (Take(join));
            return parts.Count == 1 ? parts[0] : join == "||" ? new Any(parts) : new All(parts);
        }

        private VectorCondition? One()
        {
            var begin = at;
            if (Group() is { } group)
                return group;
            at = begin;
            return SkipTerm() && text[begin..at].Trim() is { Length: > 0 } term ? new Term(term) : null;
        }

        /// <summary>Parentheses that are not a part of a comparison, or their negation; null: something else is here.</summary>
        private VectorCondition? Group()
        {
            if (Take("!"))
                return Group() is { } negated ? new Not(negated) : null;
            return Take("(") && Joined("||") is { } inner && Take(")") && IsEnd() ? inner : null;
        }

        private bool Take(string word)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (!Has(word))
                return false;
            at += word.Length;
            return true;
        }

        private bool Has(string word) => text.AsSpan(at).StartsWith(word, StringComparison.Ordinal);

        private bool IsEnd()
        {
            Take("");
            return at == text.Length || Has("&&") || Has("||") || Has(")");
        }

        /// <summary>To the next join, or to the end of the parentheses around; false: something is not closed.</summary>
        private bool SkipTerm()
        {
            var open = 0;
            for (; at < text.Length; at++)
            {
                if (text[at] is '"' or '\'')
                {
                    if (!SkipQuoted())
                        return false;
                }
                else if (text[at] is '(' or '[' or '{')
                {
                    open++;
                }
                else if (open == 0 && (text[at] == ')' || Has("&&") || Has("||")))
                {
                    break;
                }
                else if (text[at] is ')' or ']' or '}')
                {
                    open--;
                }
            }

            return open == 0;
        }

        private bool SkipQuoted()
        {
            var quote = text[at];
            for (at++; at < text.Length && text[at] != quote; at++)
                at += text[at] == '\\' ? 1 : 0;
            return at < text.Length;
        }
    }

    [GeneratedRegex("""^\.kubernetes\.(pod_namespace|namespace_name|pod_labels\.("[^"]+"|[A-Za-z0-9_]+))\s*(==|!=)\s*"([^"\\]*)"$""")]
    private static partial Regex Comparison();

    [GeneratedRegex("^[a-z0-9-]{1,63}$")]
    private static partial Regex NamespaceName();
}
