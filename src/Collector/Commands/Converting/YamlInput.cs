using Collector.Configuration.Binding;
using YamlDotNet.Core;

namespace Collector.Commands.Converting;

/// <summary>The other agents' YAML (and JSON, which is YAML).</summary>
internal static class YamlInput
{
    /// <summary>The one mapping of a text. Throws <see cref="ConvertException"/>.</summary>
    public static YamlMapping Parse(string text, string file)
    {
        try
        {
            return YamlTree.Parse(text) switch
            {
                YamlMapping mapping => mapping,
                null or { IsNull: true } => throw new ConvertException(file, "the file is empty"),
                var other => throw new ConvertException(new Spot(file, other.Line), $"it is {other.What}, not keys and values"),
            };
        }
        catch (YamlException e)
        {
            var mistake = YamlComplaint.Of(text, file, e);
            throw new ConvertException(new Spot(file, mistake.Line), mistake.Problem);
        }
    }

    /// <summary>The node under a path of keys with dots; null: there is none.</summary>
    public static YamlNode? Under(this YamlNode? node, string path)
    {
        foreach (var key in path.Split('.'))
            node = (node as YamlMapping)?.Find(key)?.Value;
        return node is { IsNull: true } ? null : node;
    }

    /// <summary>The text under a path; empty: there is none.</summary>
    public static string Text(this YamlNode? node, string path) => (node.Under(path) as YamlScalar)?.Text ?? "";

    /// <summary>The texts of a list under a path, or the one text there.</summary>
    public static IReadOnlyList<string> Texts(this YamlNode? node, string path) => node.Under(path) switch
    {
        YamlScalar one => [one.Text],
        YamlSequence many => [.. many.Items.OfType<YamlScalar>().Select(i => i.Text)],
        _ => [],
    };

    /// <summary>The mappings of a list under a path.</summary>
    public static IEnumerable<YamlMapping> Items(this YamlNode? node, string path) =>
        node.Under(path) is YamlSequence many ? many.Items.OfType<YamlMapping>() : [];

    /// <summary>The entries of a mapping under a path.</summary>
    public static IReadOnlyList<YamlEntry> EntriesOf(this YamlNode? node, string path) => node.Under(path) is YamlMapping mapping ? mapping.Entries : [];
}
