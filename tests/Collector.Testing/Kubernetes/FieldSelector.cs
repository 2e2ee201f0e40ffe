using System.Text.Json.Nodes;

namespace Collector.Testing.Kubernetes;

/// <summary>A parsed <c>fieldSelector</c>. Only fields that the real server supports for the resource are accepted.</summary>
internal sealed class FieldSelector
{
    private readonly List<(string[] Path, string Value)> terms = [];

    public static FieldSelector Parse(string text, string resource)
    {
        var selector = new FieldSelector();
        foreach (string term in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = term.Split('=', 2);
            if (sides.Length != 2) throw ApiStatusException.BadRequest($"invalid selector: '{term}'");
            if (!IsSupported(sides[0], resource)) throw ApiStatusException.BadRequest($"field label not supported: {sides[0]}");
            selector.terms.Add((sides[0].Split('.'), sides[1].TrimStart('=')));
        }

        return selector;
    }

    public bool Matches(JsonObject item) => terms.TrueForAll(t => Find(item, t.Path) == t.Value);

    private static string Find(JsonNode? node, string[] path)
    {
        foreach (string part in path) node = (node as JsonObject)?[part];
        return node?.GetValue<string>() ?? "";
    }

    private static bool IsSupported(string field, string resource) =>
        field == "metadata.name" || (resource == "pods" && field is "metadata.namespace" or "spec.nodeName" or "status.phase");
}
