using System.Globalization;
using System.Text.RegularExpressions;
using Collector.Configuration;

namespace Collector.Commands.Converting;

/// <summary>Values that all of the other agents write alike, or nearly so.</summary>
internal static partial class Words
{
    /// <summary>What a text is where no variable of the environment is set: <c>${TAG:-kube.*}</c> is <c>kube.*</c>.</summary>
    public static string WithDefaults(string text) => VariableWithDefault().Replace(text, "$1");

    /// <summary>
    /// A size in the collector's notation; null if it is not a size.
    /// </summary>
    public static string? Size(string text, SizeUnits units)
    {
        var match = SizeForm().Match(text.Trim());
        if (!match.Success || !double.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var number))
            return null;
        var step = match.Groups[3].Length > 0 || units == SizeUnits.Binary ? 1024 : 1000;
        var power = "kmgt".IndexOf(match.Groups[2].Value, StringComparison.OrdinalIgnoreCase) is var at && match.Groups[2].Length > 0 ? at + 1 : 0;
        for (; power > 0; power--)
            number *= step;
        return number is > 0 and < long.MaxValue ? Collector.Configuration.Size.Format((long)number) : null;
    }

    /// <summary>Sets a size, or notes why it is another one.</summary>
    /// <param name="keys">Receive it.</param>
    /// <param name="key">The collector's key.</param>
    /// <param name="at">The place in the other agent's configuration.</param>
    /// <param name="name">The other agent's key.</param>
    /// <param name="text">Its value; empty: it has none.</param>
    /// <param name="units">The other agent's.</param>
    public static void SetSize(Block keys, string key, Spot at, string name, string text, SizeUnits units)
    {
        if (text.Length == 0)
            return;
        if (Size(text, units) is { } size)
            keys.Set(key, size);
        else
            keys.Note(at, $"{name} {text} is not a size that the collector can use; {key} keeps its default");
    }

    /// <summary>Sets a duration, or notes why it is another one; a bare number counts seconds.</summary>
    /// <param name="keys">Receive it.</param>
    /// <param name="key">The collector's key.</param>
    /// <param name="at">The place in the other agent's configuration.</param>
    /// <param name="name">The other agent's key.</param>
    /// <param name="text">Its value; empty: it has none.</param>
    public static void SetDuration(Block keys, string key, Spot at, string name, string text)
    {
        if (text.Length == 0)
            return;
        var longest = Duration.Longest;
        if (Milliseconds(text) is not { } milliseconds)
        {
            keys.Note(at, $"{name} {text} is not a duration that the collector can use; {key} keeps its default");
            return;
        }

        if (milliseconds > longest.TotalMilliseconds)
            keys.Note(at, $"{name} {text} is longer than the collector allows; {key} is set to its limit, {Duration.Format(longest)}");
        keys.Set(key, Duration.Format(TimeSpan.FromMilliseconds(Math.Min(milliseconds, longest.TotalMilliseconds))));
    }

    /// <summary>Null if it is not a duration, or is zero.</summary>
    private static double? Milliseconds(string text)
    {
        var match = DurationForm().Match(text.Trim());
        if (!match.Success || !double.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var number))
            return null;
        var seconds = number * match.Groups[2].Value switch { "ms" => 0.001, "m" => 60, "h" => 3600, "d" => 86_400, _ => 1 };
        var milliseconds = Math.Round(seconds * 1000);
        return milliseconds >= 1 ? milliseconds : null;
    }

    /// <summary>The globs of namespaces that match what a regular expression matches; null: there are none.</summary>
    public static IReadOnlyList<string>? Globs(string regex)
    {
        var text = regex.Trim();
        // A star means the same as in a glob only after a dot.
        if (BareStar().IsMatch(text))
            return null;
        if (text.Length > 1 && text[0] == '/' && text[^1] == '/')
            text = text[1..^1];
        var (isFromStart, isToEnd) = (text.StartsWith('^'), text.EndsWith('$') && !text.EndsWith("\\$", StringComparison.Ordinal));
        text = text[(isFromStart ? 1 : 0)..^(isToEnd ? 1 : 0)];
        var hasGroup = text.StartsWith('(') && text.EndsWith(')');
        if (hasGroup)
            text = text[(text.StartsWith("(?:", StringComparison.Ordinal) ? 3 : 1)..^1];
        var parts = text.Split('|');
        // Without a group an anchor belongs to one alternative only.
        if (parts.Length > 1 && !hasGroup && (isFromStart || isToEnd))
            return null;

        var globs = parts.Select(p => p.Replace(".*", "*", StringComparison.Ordinal)).Select(p => $"{(isFromStart ? "" : "*")}{p}{(isToEnd ? "" : "*")}".Replace("**", "*", StringComparison.Ordinal)).ToList();
        return globs.TrueForAll(g => NamespaceGlob().IsMatch(g)) ? globs : null;
    }

    [GeneratedRegex(@"\$\{[A-Za-z_][A-Za-z0-9_]*:-([^}]*)\}")]
    private static partial Regex VariableWithDefault();

    [GeneratedRegex(@"^([0-9]+(?:\.[0-9]+)?)\s*([kKmMgGtT]?)(i?)[bB]?$")]
    private static partial Regex SizeForm();

    [GeneratedRegex(@"^([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d|)$")]
    private static partial Regex DurationForm();

    [GeneratedRegex(@"(?<!\.)\*")]
    private static partial Regex BareStar();

    [GeneratedRegex("^[a-z0-9*-]{1,63}$")]
    private static partial Regex NamespaceGlob();
}
