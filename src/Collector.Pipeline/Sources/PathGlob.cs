using System.Text.RegularExpressions;

namespace Collector.Pipeline.Sources;

/// <summary>
/// A path with wildcards: <c>*</c> and <c>?</c> within a part, <c>[…]</c> for one character, <c>{a,b}</c> for one of several
/// texts in a part, <c>**</c> for any number of parts. The literal directory in front of the first wildcard is the only root
/// beneath which files are opened (I14).
/// </summary>
public sealed class PathGlob
{
    private readonly Regex[] _parts;
    private readonly bool[] _isAnyDepth;
    private readonly Regex _whole;

    /// <param name="pattern">Absolute. An invalid pattern is a <see cref="FormatException"/> that says why.</param>
    public PathGlob(string pattern)
    {
        Pattern = pattern;
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var literal = parts.TakeWhile((part, i) => i < parts.Length - 1 && GlobPattern.IsLiteral(part)).Count();
        Root = "/" + string.Join('/', parts[..literal]);
        _parts = [.. parts[literal..].Select(GlobPattern.ToRegex)];
        _isAnyDepth = [.. parts[literal..].Select(part => part == "**")];
        _whole = GlobPattern.ToRegex(pattern);
    }

    public string Pattern { get; }

    /// <summary>The literal directory.</summary>
    public string Root { get; }

    /// <summary>Whether there may be files in subdirectories of <see cref="Root"/>.</summary>
    public bool IsDeep => _parts.Length > 1;

    /// <summary>What is wrong with a pattern; null: nothing.</summary>
    public static string? Check(string pattern)
    {
        try
        {
            _ = new PathGlob(pattern);
            return GlobPattern.FindUnclosed(pattern) is { } open ? $"its {open} is not closed; write [{open}] for the character itself" : null;
        }
        catch (FormatException mistake)
        {
            return mistake.Message;
        }
    }

    /// <summary>Whether what the pattern asks of the names in one directory it asks of those in the other, too.</summary>
    public bool IsSameDepth(string directory, string other) => _isAnyDepth.Contains(true) || directory.AsSpan().Count('/') == other.AsSpan().Count('/');

    /// <summary>Whether a whole path matches.</summary>
    public bool IsMatch(string path) => _whole.IsMatch(path);

    /// <summary>The paths relative to <see cref="Root"/> that match; <paramref name="list"/> gives a directory's names and which of them are directories.</summary>
    public IEnumerable<string> Expand(Func<string, IReadOnlyList<string>?> list, Func<string, bool> isDirectory) => Expand("", 0, list, isDirectory);

    private IEnumerable<string> Expand(string directory, int part, Func<string, IReadOnlyList<string>?> list, Func<string, bool> isDirectory)
    {
        var isLast = part == _parts.Length - 1;
        if (_isAnyDepth[part] && !isLast)
        {
            foreach (var path in Expand(directory, part + 1, list, isDirectory))
            {
                yield return path;
            }
        }

        foreach (var name in list(directory) ?? [])
        {
            var path = directory.Length == 0 ? name : $"{directory}/{name}";
            if (_isAnyDepth[part] && isDirectory(path))
            {
                foreach (var inner in Expand(path, part, list, isDirectory))
                {
                    yield return inner;
                }
            }
            else if (_parts[part].IsMatch(name) && isLast)
            {
                yield return path;
            }
            else if (!isLast && !_isAnyDepth[part] && _parts[part].IsMatch(name) && isDirectory(path))
            {
                foreach (var inner in Expand(path, part + 1, list, isDirectory))
                {
                    yield return inner;
                }
            }
        }
    }
}
