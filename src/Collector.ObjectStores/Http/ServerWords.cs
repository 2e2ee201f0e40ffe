using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Http;

/// <summary>Makes text of servers fit for a log line.</summary>
internal static class ServerWords
{
    /// <summary>Enough for every documented error.</summary>
    private const int Most = 400;

    /// <summary>
    /// The part that is searched for secrets: longer than the shown part, so that no secret is cut in two, and short enough to be
    /// cheap.
    /// </summary>
    public static string Beginning(string text)
    {
        var beginning = text.AsSpan().TrimStart();
        return new string(beginning[..Math.Min(beginning.Length, 5 * Most)]);
    }

    /// <summary>The first line, without anything that looks like a secret.</summary>
    public static string FirstLine(string text)
    {
        var line = WithoutSecrets.In(Beginning(text)).AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return new string(line[..Math.Min(line.Length, Most)]);
    }
}
