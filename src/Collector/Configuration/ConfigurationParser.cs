using Collector.Configuration.Binding;
using YamlDotNet.Core;

namespace Collector.Configuration;

/// <summary>A configuration that can be run, or the mistakes that are in the way, in the order of the file.</summary>
public sealed record ParsedConfiguration(CollectorConfiguration? Configuration, IReadOnlyList<Mistake> Mistakes);

/// <summary>Reads a configuration from YAML and checks it as a whole.</summary>
internal static class ConfigurationParser
{
    /// <param name="yaml">The text of the file.</param>
    /// <param name="file">The file's name, for mistakes in the file as a whole.</param>
    /// <param name="environment">The value of a variable, or null when it is not set.</param>
    public static ParsedConfiguration Parse(string yaml, string file, Func<string, string?> environment)
    {
        YamlNode? document;
        try
        {
            document = YamlTree.Parse(yaml);
        }
        catch (YamlException e)
        {
            return Failed(YamlComplaint.Of(yaml, file, e));
        }

        if (document is null or { IsNull: true })
            return Failed(new Mistake(file, 1, "is empty", "write at least sources and outputs"));
        if (document is not YamlMapping)
            return Failed(new Mistake(file, document.Line, $"is {document.What}, not a mapping", "write keys and values, like sources: …"));

        var root = Place.Root(environment).At(document.Line);
        if (!ConfigurationKeys.Root.TryRead(document, root, out var configuration))
            return new ParsedConfiguration(null, root.Mistakes);
        return root.Mistakes.Count > 0
            ? new ParsedConfiguration(null, [.. root.Mistakes.OrderBy(mistake => mistake.Line)])
            : new ParsedConfiguration(configuration with { Node = NodeName(configuration, environment) }, []);
    }

    /// <summary>A mistake in the file as a whole.</summary>
    public static ParsedConfiguration Failed(Mistake mistake) => new(null, [mistake]);

    private static string NodeName(CollectorConfiguration configuration, Func<string, string?> environment)
    {
        if (configuration.Node.Length > 0)
            return configuration.Node;
        return environment("NODE_NAME") is { Length: > 0 } name ? name : Environment.MachineName;
    }
}
