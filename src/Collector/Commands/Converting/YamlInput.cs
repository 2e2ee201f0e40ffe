using Collector.Configuration.Binding;
using YamlDotNet.Core;

namespace Collector.Commands.Converting;

/// <summary>The other agents' YAML (and JSON, which is YAML), read by paths of keys. What is taken counts as read.</summary>
internal static class YamlInput
{
    /// <summary>The one mapping of a text. Throws <see cref="ConvertException"/>.</summary>
    public static InputNode Parse(string text, string file)
    {
        try
        {
            return YamlTree.Parse(text) switch
            {
                YamlMapping mapping => new InputNode(mapping, file),
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

    /// <summary>The key under a path; null: there is none.</summary>
    public static InputEntry? Find(this InputNode? node, string path)
    {
        InputEntry? found = null;
        foreach (var key in path.Split('.'))
        {
            found = node?.Entries.FirstOrDefault(e => e.Key == key);
            node = found?.Value;
        }

        return node is null or { IsNull: true } ? null : found;
    }

    /// <summary>The node under a path of keys with dots; null: there is none.</summary>
    public static InputNode? Under(this InputNode? node, string path) => node.Find(path)?.Value;

    /// <summary>Whether there is something under a path, which is taken as a whole: the remark on it is the reader's.</summary>
    public static bool Has(this InputNode? node, string path) => node.Find(path)?.Whole() is not null;

    /// <summary>The text under a path; empty: there is none.</summary>
    public static string Text(this InputNode? node, string path) => node.Under(path)?.Single ?? "";

    /// <summary>The place of the key under a path, or of the node itself.</summary>
    public static Spot SpotOf(this InputNode node, string path) => node.Find(path)?.At ?? node.At;

    /// <summary>The texts of a list under a path, or the one text there.</summary>
    public static IReadOnlyList<string> Texts(this InputNode? node, string path) => node.Under(path) switch
    {
        { Single: { } one } => [one],
        { } many => [.. many.Items.Select(i => i.Single).OfType<string>()],
        null => [],
    };

    /// <summary>The mappings of a list under a path.</summary>
    public static IEnumerable<InputNode> Items(this InputNode? node, string path) => node.Under(path)?.Items.Where(i => i.IsMapping) ?? [];

    /// <summary>The entries of a mapping under a path.</summary>
    public static IReadOnlyList<InputEntry> EntriesOf(this InputNode? node, string path) => node.Under(path)?.Entries ?? [];
}
