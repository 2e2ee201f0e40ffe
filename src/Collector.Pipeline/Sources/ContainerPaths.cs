using System.Text.RegularExpressions;

namespace Collector.Pipeline.Sources;

/// <summary>Parses kubelet's names: of links, of pods' directories, of log files.</summary>
internal static partial class ContainerPaths
{
    /// <summary>Kubelet cuts a link's name to this many characters, with its ending.</summary>
    private const int LongestLinkName = 255;

    private const string Ending = ".log";

    /// <summary>
    /// Reads <c>…/&lt;ns&gt;_&lt;pod&gt;_&lt;uid&gt;/&lt;container&gt;/&lt;n&gt;.log</c> from the end of a link's text. The part
    /// before does not matter: it is resolved beneath the configured root.
    /// </summary>
    public static bool TryParseTarget(string text, out string directory, out ContainerRef container)
    {
        (directory, container) = ("", null!);
        var parts = text.Split('/');
        if (parts.Length < 3 || parts[^1].Length <= Ending.Length || !parts[^1].EndsWith(Ending, StringComparison.Ordinal) ||
            !int.TryParse(parts[^1].AsSpan(0, parts[^1].Length - Ending.Length), System.Globalization.NumberStyles.None, null, out var restart) ||
            !TryParseDirectory($"{parts[^3]}/{parts[^2]}", out container))
        {
            return false;
        }

        directory = $"{parts[^3]}/{parts[^2]}";
        container = container with { Restart = restart };
        return true;
    }

    /// <summary>Reads <c>&lt;ns&gt;_&lt;pod&gt;_&lt;uid&gt;/&lt;container&gt;</c>. None of the four can have an underscore or a slash.</summary>
    public static bool TryParseDirectory(string directory, out ContainerRef container)
    {
        var match = Directory.Match(directory);
        container = match.Success
            ? new ContainerRef(match.Groups["ns"].Value, match.Groups["pod"].Value, match.Groups["uid"].Value, match.Groups["container"].Value, 0, "")
            : null!;
        return match.Success;
    }

    /// <summary>Reads <c>&lt;pod&gt;_&lt;ns&gt;_&lt;container&gt;-&lt;id&gt;.log</c>, the name of a link or of a plain file in the containers directory.</summary>
    public static bool TryParseLinkName(string name, out ContainerRef container)
    {
        var match = LinkName.Match(name);
        container = match.Success
            ? new ContainerRef(match.Groups["ns"].Value, match.Groups["pod"].Value, "", match.Groups["container"].Value, 0, match.Groups["id"].Value)
            : null!;
        return match.Success;
    }

    /// <summary>
    /// Whether a link's name agrees with the container in its text; another name was planted. Returns the container's id, empty
    /// when kubelet cut it off.
    /// </summary>
    public static bool Agree(string linkName, ContainerRef target, out string id)
    {
        var expected = $"{target.Pod}_{target.Namespace}_{target.Container}-";
        id = linkName.StartsWith(expected, StringComparison.Ordinal) && linkName.EndsWith(Ending, StringComparison.Ordinal)
            ? linkName[expected.Length..^Ending.Length]
            : "";
        if (linkName.Length == LongestLinkName)
        {
            id = "";
            return linkName.AsSpan(0, Math.Min(expected.Length, LongestLinkName - Ending.Length)).SequenceEqual(expected.AsSpan(0, Math.Min(expected.Length, LongestLinkName - Ending.Length)));
        }

        return id.Length > 0 && id.All(char.IsAsciiLetterOrDigit);
    }

    [GeneratedRegex("^(?<ns>[^_/]+)_(?<pod>[^_/]+)_(?<uid>[^_/]+)/(?<container>[^_/]+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Directory { get; }

    [GeneratedRegex("^(?<pod>[^_/]+)_(?<ns>[^_/]+)_(?<container>[^_/]+)-(?<id>[0-9A-Za-z]+)\\.log$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex LinkName { get; }
}
