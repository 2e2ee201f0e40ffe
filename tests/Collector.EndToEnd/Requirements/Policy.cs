using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.Testing.Processes;

namespace Collector.EndToEnd.Requirements;

/// <summary>An IAM policy of the tree: statements that allow; a resource may have <c>*</c>.</summary>
internal sealed class Policy(JsonNode document)
{
    public static Policy Read(string path) => new(JsonNode.Parse(File.ReadAllText(Repository.In(path)))!);

    /// <summary>All actions that it allows on anything.</summary>
    public IReadOnlyList<string> Actions => [.. Statements.SelectMany(statement => Texts(statement["Action"])).Order(StringComparer.Ordinal)];

    /// <summary>Of a role's trust policy: the statements as they stand.</summary>
    public IEnumerable<JsonNode> Statements => document["Statement"]!.AsArray().Select(statement => statement!).Where(statement => (string?)statement["Effect"] == "Allow");

    public bool Allows(string action, string resource) => Statements.Any(statement =>
        Texts(statement["Action"]).Contains(action) && Texts(statement["Resource"]).Any(pattern => Regex.IsMatch(resource, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$")));

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        null => [],
        JsonArray many => many.Select(one => (string)one!),
        _ => [(string)node!],
    };
}
