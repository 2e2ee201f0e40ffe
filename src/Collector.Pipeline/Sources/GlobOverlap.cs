namespace Collector.Pipeline.Sources;

/// <summary>Whether some path matches two patterns (<see cref="PathGlob"/>), for a warning before anything is read.</summary>
public static class GlobOverlap
{
    private static readonly char[] s_printable = [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c != '/')];

    /// <param name="one">Absolute and valid, like <paramref name="other"/>.</param>
    /// <param name="other">Its characters are taken as a pattern's, too.</param>
    public static bool Exists(string one, string other)
    {
        var (ones, others) = (PartsOf(one), PartsOf(other));
        return new Pairs(ones.Count, others.Count).Meet((i, j, rest) =>
            i == ones.Count || j == others.Count ? ones.Skip(i).All(IsAnyDepth) && others.Skip(j).All(IsAnyDepth)
            : IsAnyDepth(ones[i]) ? rest(i + 1, j) || rest(i, j + 1)
            : IsAnyDepth(others[j]) ? rest(i, j + 1) || rest(i + 1, j)
            : DoPartsMeet(ones[i], others[j]) && rest(i + 1, j + 1));
    }

    private static List<string> PartsOf(string pattern) => [.. pattern.Split('/', StringSplitOptions.RemoveEmptyEntries)];

    private static bool IsAnyDepth(string part) => part == "**";

    private static bool DoPartsMeet(string one, string other) => Choices(one).Any(a => Choices(other).Any(b => DoTextsMeet(TokensOf(a), TokensOf(b))));

    private static bool DoTextsMeet(List<string> ones, List<string> others) =>
        new Pairs(ones.Count, others.Count).Meet((i, j, rest) =>
            i == ones.Count || j == others.Count ? ones.Skip(i).All(IsStar) && others.Skip(j).All(IsStar)
            : IsStar(ones[i]) ? rest(i + 1, j) || rest(i, j + 1)
            : IsStar(others[j]) ? rest(i, j + 1) || rest(i + 1, j)
            : DoTokensMeet(ones[i], others[j]) && rest(i + 1, j + 1));

    private static bool IsStar(string token) => token[0] == '*';

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
            // A bracket right behind the first one is one of the set's characters.
            var first = at + 1 < part.Length && part[at + 1] is '!' or '^' ? at + 3 : at + 2;
            var end = part[at] == '[' && first < part.Length ? part.IndexOf(']', first) : -1;
            tokens.Add(end > 0 ? part[at..(end + 1)] : part[at].ToString());
        }

        return tokens;
    }

    /// <summary>The answers for the rests of two lists, each found once.</summary>
    private sealed class Pairs(int ones, int others)
    {
        private readonly bool?[,] _known = new bool?[ones + 1, others + 1];

        public bool Meet(Func<int, int, Func<int, int, bool>, bool> ask)
        {
            return Rest(0, 0);

            bool Rest(int i, int j) => _known[i, j] ??= ask(i, j, Rest);
        }
    }
}
