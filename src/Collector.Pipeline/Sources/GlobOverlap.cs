namespace Collector.Pipeline.Sources;

/// <summary>Whether some path matches two patterns (<see cref="PathGlob"/>), for a warning before anything is read.</summary>
public static class GlobOverlap
{
    private static readonly char[] s_printable = [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c != '/')];

    /// <param name="one">Absolute and valid, like <paramref name="other"/>.</param>
    /// <param name="other">Its characters are taken as a pattern's, too.</param>
    public static bool Exists(string one, string other) => DoMeet(PartsOf(one), PartsOf(other), part => part == "**", DoPartsMeet);

    private static List<string> PartsOf(string pattern) => [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries)];

    private static bool DoPartsMeet(string one, string other) =>
        Choices(one).Any(a => Choices(other).Any(b => DoMeet(TokensOf(a), TokensOf(b), token => token[0] == '*', DoTokensMeet)));

    /// <summary>Each is one character, of any, some or one kind.</summary>
    private static bool DoTokensMeet(string one, string other)
    {
        var (a, b) = (GlobPattern.ToRegex(one), GlobPattern.ToRegex(other));
        return s_printable.Concat(one).Concat(other).Any(c => a.IsMatch($"{c}") && b.IsMatch($"{c}"));
    }

    /// <summary>The part without braces, once for each of their texts.</summary>
    private static IEnumerable<string> Choices(string part)
    {
        var (open, close) = (part.IndexOf('{'), part.IndexOf('}'));
        return open < 0 || close < open || !part[open..close].Contains(',') ? [part]
            : part[(open + 1)..close].Split(',').SelectMany(choice => Choices($"{part[..open]}{choice}{part[(close + 1)..]}"));
    }

    /// <summary>Stars, question marks, sets in brackets, and single characters.</summary>
    private static List<string> TokensOf(string part)
    {
        var tokens = new List<string>();
        for (var at = 0; at < part.Length; at += tokens[^1].Length)
        {
            tokens.Add(part[at] == '[' && GlobPattern.EndOfSet(part, at, part.Length) is > 0 and var end ? part[at..(end + 1)] : part[at].ToString());
        }

        return tokens;
    }

    /// <summary>Whether two lists can stand for one. What is a star stands for any number of the other's elements.</summary>
    private static bool DoMeet(List<string> ones, List<string> others, Func<string, bool> isStar, Func<string, string, bool> doMeet)
    {
        var known = new bool?[ones.Count + 1, others.Count + 1];
        return Rest(0, 0);

        bool Rest(int i, int j) => known[i, j] ??=
            i == ones.Count || j == others.Count ? ones.Skip(i).All(isStar) && others.Skip(j).All(isStar)
            : isStar(ones[i]) || isStar(others[j]) ? Rest(i + 1, j) || Rest(i, j + 1)
            : doMeet(ones[i], others[j]) && Rest(i + 1, j + 1);
    }
}
