using System.Text;
using System.Text.RegularExpressions;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// A path with wildcards: <c>*</c> and <c>?</c> within a part, <c>[…]</c> for one character, <c>**</c> for any number of
/// parts. The literal directory in front of the first wildcard is the only root beneath which files are opened (I14).
/// </summary>
public sealed class PathGlob
{
    private static readonly char[] s_wildcards = ['*', '?', '['];
    private readonly string[] _patterns;
    private readonly bool[] _isAnyDepth;

    /// <summary>Made when first needed: an automaton costs a millisecond, and often only the root is asked for.</summary>
    private Regex?[]? _made;

    private Regex? _whole;

    public PathGlob(string pattern)
    {
        Pattern = pattern;
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var literal = parts.TakeWhile((part, i) => i < parts.Length - 1 && part.IndexOfAny(s_wildcards) < 0).Count();
        Root = "/" + string.Join('/', parts[..literal]);
        _patterns = parts[literal..];
        _isAnyDepth = [.. _patterns.Select(part => part == "**")];
    }

    public string Pattern { get; }

    /// <summary>The literal directory.</summary>
    public string Root { get; }

    /// <summary>Whether there may be files in subdirectories of <see cref="Root"/>.</summary>
    public bool IsDeep => _patterns.Length > 1;

    /// <summary>Whether a whole path matches.</summary>
    public bool IsMatch(string path) => (_whole ??= ToRegex(Pattern)).IsMatch(path);

    /// <summary>The paths relative to <see cref="Root"/> that match; <paramref name="list"/> gives a directory's names and which of them are directories.</summary>
    public IEnumerable<string> Expand(Func<string, IReadOnlyList<string>?> list, Func<string, bool> isDirectory) => Expand("", 0, list, isDirectory);

    private IEnumerable<string> Expand(string directory, int part, Func<string, IReadOnlyList<string>?> list, Func<string, bool> isDirectory)
    {
        var isLast = part == _patterns.Length - 1;
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
            else if (IsPart(part, name) && isLast)
            {
                yield return path;
            }
            else if (!isLast && !_isAnyDepth[part] && IsPart(part, name) && isDirectory(path))
            {
                foreach (var inner in Expand(path, part + 1, list, isDirectory))
                {
                    yield return inner;
                }
            }
        }
    }

    private bool IsPart(int part, string name) => ((_made ??= new Regex?[_patterns.Length])[part] ??= ToRegex(_patterns[part])).IsMatch(name);

    private static Regex ToRegex(string glob)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*' when i + 1 < glob.Length && glob[i + 1] == '*':
                    regex.Append(i + 2 < glob.Length && glob[i + 2] == '/' ? "(.*/)?" : ".*");
                    i += i + 2 < glob.Length && glob[i + 2] == '/' ? 2 : 1;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[' when glob.IndexOf(']', i + 1) is > 0 and var end:
                    regex.Append('[').Append(glob[i + 1] is '!' or '^' ? "^" : "").Append(Regex.Escape(glob[(glob[i + 1] is '!' or '^' ? i + 2 : i + 1)..end]).Replace("\\-", "-", StringComparison.Ordinal)).Append(']');
                    i = end;
                    break;
                default:
                    regex.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        return new Regex(regex.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline);
    }
}
