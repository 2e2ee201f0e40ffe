using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Http;

/// <summary>What others say, made fit for a log line.</summary>
internal static class ServerWords
{
    /// <summary>Enough for every error that is documented.</summary>
    private const int Most = 400;

    /// <summary>What is looked through for secrets: more than is told, so that none is cut in two, and little work.</summary>
    public static string Beginning(string text)
    {
        var beginning = text.AsSpan().TrimStart();
        return new string(beginning[..Math.Min(beginning.Length, 5 * Most)]);
    }

    /// <summary>The first line, without what looks like a secret.</summary>
    public static string FirstLine(string text)
    {
        var line = WithoutSecrets.In(Beginning(text)).AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return new string(line[..Math.Min(line.Length, Most)]);
    }
}
