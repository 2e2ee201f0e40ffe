using Collector.Commands.Converting.FluentBit;
using Collector.Commands.Converting.Fluentd;

namespace Collector.Commands.Converting;

/// <summary>
/// Reads the keys of the other agents that take one of a few words, like on and off, or beginning and end. A variable or a word
/// that is none of them is told: what it means is not known, so a guess could change what is collected.
/// </summary>
internal static class Choice
{
    /// <summary>Whether a key is switched on.</summary>
    /// <param name="section">Has the key, or not.</param>
    /// <param name="key">Its name.</param>
    /// <param name="otherwise">The agent's default.</param>
    /// <param name="keys">Receive the remark on a value that is not known.</param>
    public static bool IsOn(this FluentBitSection section, string key, bool otherwise, Block keys) =>
        section.Find(key) is { } found ? IsOn(found.Value, found.At, found.Name, otherwise, keys) : otherwise;

    /// <inheritdoc cref="IsOn(FluentBitSection, string, bool, Block)"/>
    /// <remarks>Fluentd switches a parameter without a value on.</remarks>
    public static bool IsOn(this FluentdElement section, string key, bool otherwise, Block keys) =>
        section.Find(key) is { } found ? found.Value.Length == 0 || IsOn(found.Value, found.At, key, otherwise, keys) : otherwise;

    /// <inheritdoc cref="IsOn(FluentBitSection, string, bool, Block)"/>
    public static bool IsOn(this InputNode section, string key, bool otherwise, Block keys) =>
        section.Find(key) is { } found ? IsOn(found.Value.Single ?? "", found.At, key, otherwise, keys) : otherwise;

    /// <summary>One of a few words; the agent's default if there is no value, or one that is not known.</summary>
    /// <param name="text">The value, which may be empty.</param>
    /// <param name="at">Its place.</param>
    /// <param name="name">Its key.</param>
    /// <param name="keys">Receive the remark on a value that is not known.</param>
    /// <param name="words">All of them, in lower case, the default first.</param>
    public static string Of(string text, Spot at, string name, Block keys, params IReadOnlyList<string> words)
    {
        var given = Words.WithDefaults(text).Trim().ToLowerInvariant();
        var found = words.Contains(given) ? given : words[0];
        if (text.Length > 0 && (found != given || IsVariable(text)))
            TellUnknown(text, at, name, found, keys);
        return found;
    }

    private static bool IsOn(string text, Spot at, string name, bool otherwise, Block keys)
    {
        IReadOnlyList<string> words = otherwise ? ["on", "true", "yes", "1", "off", "false", "no", "0"] : ["off", "true", "yes", "1", "on", "false", "no", "0"];
        return Of(text, at, name, keys, words) is "true" or "on" or "yes" or "1";
    }

    private static bool IsVariable(string text) => text.Contains("${", StringComparison.Ordinal);

    private static void TellUnknown(string text, Spot at, string name, string taken, Block keys)
    {
        var reason = IsVariable(text) ? "is a variable, whose value the converter does not know" : "is not a word that the converter knows";
        keys.Weigh(at, $"{name} {text} {reason}, so it is read as {taken}; write the value in its place, and convert again");
    }
}
