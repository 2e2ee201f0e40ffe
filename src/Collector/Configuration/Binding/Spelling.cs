namespace Collector.Configuration.Binding;

/// <summary>Finds the key that was probably intended.</summary>
internal static class Spelling
{
    /// <summary>A third of a word may be wrong; more and the guess is as likely to mislead.</summary>
    private const int LettersPerError = 3;

    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known.Select(name => (Name: name, Errors: Distance(word.ToUpperInvariant(), name.ToUpperInvariant()))).MinBy(guess => guess.Errors);
        return best.Name is not null && best.Errors <= Math.Max(word.Length, best.Name.Length) / LettersPerError ? best.Name : null;
    }

    /// <summary>Levenshtein's distance, with two letters that changed places as one error: the commonest of all.</summary>
    private static int Distance(string a, string b)
    {
        var errors = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                errors[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(errors[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(errors[i - 1, j], errors[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    errors[i, j] = Math.Min(errors[i, j], errors[i - 2, j - 2] + 1);
            }
        }

        return errors[a.Length, b.Length];
    }
}
