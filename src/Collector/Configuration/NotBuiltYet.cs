using Collector.Configuration.Binding;

namespace Collector.Configuration;

/// <summary>
/// What the contract has and this version has not, so that nobody believes to use it. An issue that builds a part takes its line
/// out here.
/// </summary>
internal static class NotBuiltYet
{
    /// <summary>Keys and types of the features that contract §8 leaves out.</summary>
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

    /// <summary>Of the keys under <c>kubernetes</c>, those that work without the API.</summary>
    private static readonly string[] KubernetesKeys = ["enabled", "infrastructureNamespaces"];

    /// <summary>What is wrong with a word for something that is not in this product yet; null for any other word.</summary>
    public static string? Word(string word) => Words.TryGetValue(word, out var what) ? $"not yet: {what} is not in this product" : null;

    /// <summary>Adds a mistake for everything that is written, legal, and not built into this version.</summary>
    public static void Check(CollectorConfiguration configuration, Place root)
    {
        var kubernetes = root.Key("kubernetes");
        if (configuration.Kubernetes.Enabled && kubernetes.Key("enabled").IsWritten)
            Say(kubernetes.Key("enabled"), "metadata from the Kubernetes API", "write false, or remove it");
        foreach (var key in ConfigurationKeys.Kubernetes.Keys.Except(KubernetesKeys).Where(key => kubernetes.Key(key).IsWritten))
            Say(kubernetes.Key(key), "metadata from the Kubernetes API", "remove it");

        for (var i = 0; i < configuration.Outputs.Count; i++)
        {
            var (output, place) = (configuration.Outputs[i], root.Key("outputs").Item(i));
            if (output.Match.PodLabels.Count > 0)
                Say(place.Key("match").Key("podLabels"), "matching by labels", "match namespaces instead");
        }
    }

    private static void Say(Place at, string what, string fix) => at.Mistake($"{what} is not built into this version yet", fix);
}
