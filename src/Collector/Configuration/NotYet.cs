namespace Collector.Configuration;

/// <summary>Keys and types of the features that contract §8 leaves out, so that who tries one is told so.</summary>
internal static class NotYet
{
    private static readonly Dictionary<string, string> Words = new()
    {
        ["reload"] = "a hot reload of the configuration",
        ["multiline"] = "joining the lines of an exception",
        ["redact"] = "redaction",
        ["filters"] = "filtering by content",
        ["sampling"] = "sampling",
        ["rateLimit"] = "a rate limit",
        ["journald"] = "reading the journal",
    };

    /// <summary>What is wrong with a word for something that is not in this product yet; null for any other word.</summary>
    public static string? Word(string word) => Words.TryGetValue(word, out var what) ? $"not yet: {what} is not in this product" : null;
}
