using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collector.Configuration.Binding;

/// <summary>The configuration as a JSON schema (draft 2020-12), for editors and for the chart.</summary>
internal static class JsonSchema
{
    private const string VariableName = "variable";

    /// <summary>A schema that allows <c>${VAR}</c> in place of a number or of one of the fixed texts.</summary>
    public static JsonObject Variable() => new() { ["$ref"] = "#/$defs/" + VariableName };

    /// <summary>The type of a value that may also be left empty, after its key and the colon.</summary>
    public static JsonNode OrEmpty(string type) => new JsonArray(type, "null");

    /// <summary>The whole schema as text, with a newline at its end.</summary>
    public static string Print<T>(string title, Kind<T> root)
    {
        var schema = root.Schema();
        schema["type"] = "object";
        schema.Insert(0, "title", title);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema["$defs"] = new JsonObject
        {
            [VariableName] = new JsonObject { ["type"] = "string", ["pattern"] = "\\$\\{" },
        };

        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
            schema.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }
}
