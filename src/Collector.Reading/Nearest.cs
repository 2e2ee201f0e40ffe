namespace Collector.Reading;

/// <summary>Finds names that the user may have meant.</summary>
public static class Nearest
{
    private const int Most = 5;

    /// <summary>
    /// The nearest of <paramref name="names"/>, the nearest first: those that contain it, then those that begin with nearly the
    /// same letters.
    /// </summary>
    public static IReadOnlyList<string> Of(string wanted, IEnumerable<string> names)
    {
        wanted = wanted.TrimEnd('*');
        return
        [
            .. names.Distinct(StringComparer.Ordinal)
                .OrderBy(name => name.Contains(wanted, StringComparison.OrdinalIgnoreCase) ? -1 : Math.Min(Distance(wanted, name), Distance(wanted, name[..Math.Min(name.Length, wanted.Length)])))
                .ThenBy(name => name, StringComparer.Ordinal)
                .Take(Most),
        ];
    }

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string one, string other)
    {
        var row = new int[other.Length + 1];
        for (var i = 0; i <= other.Length; i++)
            row[i] = i;
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1)));
        }

        return row[other.Length];
    }
}
