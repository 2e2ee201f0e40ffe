using System.Text.RegularExpressions;
using Collector.Configuration;
using Collector.Pipeline.Records;

namespace Collector.Hosting;

/// <summary>Globs over names without slashes: <c>*</c> and <c>?</c>. Immutable.</summary>
internal sealed class GlobSet(IReadOnlyList<string> globs)
{
    private readonly Regex[] _patterns =
    [
        .. globs.Select(glob => new Regex(
            "^" + Regex.Escape(glob).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)),
    ];

    public bool IsEmpty => _patterns.Length == 0;

    public bool IsMatch(string name) => Array.Exists(_patterns, p => p.IsMatch(name));
}

/// <summary>An output's <c>match</c>: every given part must match, absent means everything. Immutable.</summary>
internal sealed class OutputMatch(MatchConfiguration match)
{
    private readonly GlobSet _include = new(match.Namespaces.Include);
    private readonly GlobSet _exclude = new(match.Namespaces.Exclude);

    public bool IsMatch(string source, RecordIdentity identity) => Unmet(source, identity) is null;

    /// <summary>What it selects, as the end of a sentence about a log that it matches.</summary>
    public string Describe()
    {
        (string Key, bool IsGiven)[] parts =
        [
            ("sources", match.Sources.Count > 0), ("logTypes", match.LogTypes.Count > 0), ("namespaces.include", !_include.IsEmpty),
            ("namespaces.exclude", !_exclude.IsEmpty), ("podLabels", match.PodLabels.Count > 0),
        ];
        var given = parts.Where(p => p.IsGiven).Select(p => $"match.{p.Key}").ToList();
        return given.Count == 0 ? "the output has no match, so it gets everything" : $"the log matches {string.Join(" and ", given)}";
    }

    /// <summary>The first unmet part of <c>match</c>, by its key; null: all are met.</summary>
    public string? Unmet(string source, RecordIdentity identity) =>
        match.Sources.Count > 0 && !match.Sources.Contains(source) ? "match.sources"
        : match.LogTypes.Count > 0 && !match.LogTypes.Any(t => t.ToString().Equals(identity.LogType, StringComparison.OrdinalIgnoreCase)) ? "match.logTypes"
        : !_include.IsEmpty && !_include.IsMatch(identity.Namespace ?? "") ? "match.namespaces.include"
        : _exclude.IsMatch(identity.Namespace ?? "") ? "match.namespaces.exclude"
        : match.PodLabels.Any(wanted => identity.Labels.GetValueOrDefault(wanted.Key) is not { } value || value != wanted.Value) ? "match.podLabels"
        : null;
}
