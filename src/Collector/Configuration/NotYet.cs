namespace Collector.Configuration;

/// <summary>Keys and types of features that contract §8 excludes, so that the message names the feature.</summary>
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
        ["limits"] = "a rate limit",
        ["drop"] = "filtering by content",
        ["drain"] = "watching the node for a drain",
        ["journal"] = "reading the journal",
        ["journald"] = "reading the journal",
        ["audit"] = "a preset for audit logs (a source of type file reads them)",
    };

    /// <summary>What is wrong with a word for a feature that does not exist yet; null for any other word.</summary>
    public static string? Word(string word) => Words.TryGetValue(word, out var what) ? $"not yet: {what} is not in this product" : null;
}
