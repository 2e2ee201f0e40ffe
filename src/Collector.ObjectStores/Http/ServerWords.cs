namespace Collector.ObjectStores.Http;

/// <summary>What others say, made fit for a log line.</summary>
internal static class ServerWords
{
    /// <summary>Enough for every error that is documented.</summary>
    private const int Most = 400;

    /// <summary>Of an answer in no form that the store has: its first line, or that it is a page.</summary>
    public static string Of(AnswerBody body) => body.IsPage ? "a web page" : FirstLine(body.Text);

    /// <summary>The first line: what follows are numbers for the other side's support.</summary>
    public static string FirstLine(string text)
    {
        var line = text.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return new string(line[..Math.Min(line.Length, Most)]);
    }
}
