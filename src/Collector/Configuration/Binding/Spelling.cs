namespace Collector.Configuration.Binding;

/// <summary>Finds the key that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>A third of a word may be wrong; more and the guess is as likely to mislead.</summary>
    private const int LettersPerError = 3;

    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known.Select(name => (Name: name, Errors: Distance(word.ToUpperInvariant(), name.ToUpperInvariant()))).MinBy(guess => guess.Errors);
        return best.Name is not null && best.Errors <= Math.Max(word.Length, best.Name.Length) / LettersPerError ? best.Name : null;
    }

    /// <summary>Levenshtein's distance, a row at a time.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
