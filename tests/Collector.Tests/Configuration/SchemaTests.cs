using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.Commands;
using Collector.Configuration;
using Collector.Pipeline.Records;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.Tests.Configuration;

public sealed class SchemaTests
{
    /// <summary>Keys that are refused without these beside them.</summary>
    private static readonly Dictionary<string, string> GoesWith = new(StringComparer.Ordinal)
    {
        ["timeField"] = """{"parser": "json"}""",
        ["timeFormat"] = """{"parser": "json", "timeField": "timestamp"}""",
        ["kmsKeyId"] = """{"serverSideEncryption": "aws:kms"}""",
        ["accessKeyId"] = """{"type": "accessKey"}""",
        ["secretAccessKey"] = """{"type": "accessKey"}""",
        ["sessionToken"] = """{"type": "accessKey"}""",
        ["accountKey"] = """{"type": "accountKey"}""",
        ["sas"] = """{"type": "sas"}""",
        ["connectionString"] = """{"type": "connectionString"}""",
    };

    [Fact]
    public void The_committed_schema_is_the_one_of_the_code()
    {
        var file = Repository.In("src/Collector/Configuration/collector.schema.json");

        Assert.True(
            File.ReadAllText(file) == SchemaCommand.Text(),
            "The keys changed. Run: dotnet run --project src/Collector -- schema > src/Collector/Configuration/collector.schema.json");
    }

    [Fact]
    public void Every_mapping_of_known_keys_is_closed_and_every_key_is_described()
    {
        using var schema = JsonDocument.Parse(SchemaCommand.Text());

        Assert.True(CountSections(schema.RootElement) > 20);
    }

    public static TheoryData<string> Keys() => [.. Documents(Root(), "").Select(one => one.Path)];

    /// <summary>In the smallest configuration that has the key: other keys may be missing there, but nothing is wrong with this one.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_has_an_example_that_is_right(string path)
    {
        var document = Documents(Root(), "").Single(one => one.Path == path).Document.ToJsonString();

        var mistakes = ConfigurationParser.Parse(document, "example.yaml", _ => "value").Mistakes;

        Assert.DoesNotContain(mistakes, mistake => mistake.ToString().StartsWith(PathIn(path) + " (", StringComparison.Ordinal));
    }

    /// <summary>An editor refuses what validate refuses, and takes what it takes.</summary>
    [Theory]
    [InlineData("flushPartialAfter", "0s", "0h0m", "720h", "1m30s", "0h5m", "9999h", "5min", "", "1s1m")]
    [InlineData("listen", ":99999", ":65535", ":2020", "127.0.0.1:1", "[::1]:2020", "2020", "[::1]2020")]
    [InlineData("keyPrefix", "x/{.a}/", "{\"%Q\"}", "x/{\"%Y\"}/", "x/{.stream||\"none\"}/", "a b", "{.a||")]
    [InlineData("roleArn", "role/logs", "arn:aws:iam::1:role/a", "")]
    [InlineData("region", "eu west 1", "eu-west-1", "")]
    public void The_schema_and_the_collector_agree_on_texts(string key, params string[] texts)
    {
        var schema = Find(Root(), key)!;
        var pattern = new Regex((string)schema["anyOf"]![0]!["pattern"]!, RegexOptions.ECMAScript);
        Assert.All(texts, text => Assert.True(pattern.IsMatch(text) == IsTaken(key, text), $"{text}: the schema says {pattern.IsMatch(text)}"));
    }

    private static bool IsTaken(string key, string text) => key switch
    {
        "flushPartialAfter" => Duration.TryParse(text, out _),
        "listen" => ListenAddress.TryParse(text, out _),
        "keyPrefix" => KeyTemplate.TryParse(text, out _, out _),
        "region" => !text.Contains(' ', StringComparison.Ordinal),
        _ => text.Length == 0 || text.StartsWith("arn:", StringComparison.Ordinal),
    };

    private static JsonObject? Find(JsonNode? node, string key) => node switch
    {
        JsonObject one => one["properties"]?[key] as JsonObject ?? one.Select(member => Find(member.Value, key)).FirstOrDefault(found => found is not null),
        JsonArray many => many.Select(item => Find(item, key)).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static JsonObject Root() => JsonNode.Parse(SchemaCommand.Text())!.AsObject();

    /// <summary>The way to a key names the types of what it is in: they are no part of the mistake's.</summary>
    private static string PathIn(string path) => string.Join('.', path.Split('.').Select(part => part.Split('(')[0]));

    /// <summary>For each key below a schema, a document that has nothing but the key's example and what it cannot be without.</summary>
    private static IEnumerable<(string Path, JsonNode Document)> Documents(JsonObject schema, string path)
    {
        if (schema["items"] is JsonObject item && IsSection(item))
            return Documents(item, path + "[0]").Select(one => (one.Path, (JsonNode)new JsonArray(one.Document)));
        if (schema["oneOf"] is JsonArray kinds)
            return kinds.Select(kind => kind!.AsObject()).SelectMany(kind => Documents(kind, $"{path}({kind["properties"]!["type"]!["const"]})"));
        if (schema["properties"] is not JsonObject keys)
            return [(path, Smallest(schema))];

        return keys.Where(key => key.Value!["const"] is null).SelectMany(key =>
            Documents(key.Value!.AsObject(), path.Length == 0 ? key.Key : $"{path}.{key.Key}").Select(one => (one.Path, With(Smallest(schema), key.Key, one.Document))));
    }

    private static bool IsSection(JsonObject schema) => schema.ContainsKey("properties") || schema.ContainsKey("oneOf");

    private static JsonNode With(JsonNode document, string key, JsonNode value)
    {
        document[key] = value;
        var name = key.EndsWith("File", StringComparison.Ordinal) && GoesWith.ContainsKey(key[..^4]) ? key[..^4] : key;
        foreach (var (other, needed) in JsonNode.Parse(GoesWith.GetValueOrDefault(name, "{}"))!.AsObject())
            document[other] = needed!.DeepClone();
        return document;
    }

    /// <summary>What must be there, by the examples.</summary>
    private static JsonNode Smallest(JsonObject schema)
    {
        if (schema["items"] is JsonObject item && IsSection(item))
            return new JsonArray(Smallest(item));
        if (schema["oneOf"] is JsonArray kinds)
            return Smallest(kinds[0]!.AsObject());
        if (schema["properties"] is not JsonObject keys)
            return (schema["const"] ?? Assert.Single(schema["examples"]!.AsArray()))!.DeepClone();

        return new JsonObject((schema["required"] as JsonArray ?? []).Select(name => KeyValuePair.Create($"{name}", (JsonNode?)Smallest(keys[$"{name}"]!.AsObject()))));
    }

    private static int CountSections(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return element.EnumerateArray().Sum(CountSections);
        if (element.ValueKind != JsonValueKind.Object)
            return 0;
        var count = element.EnumerateObject().Where(property => property.Name != "allOf").Sum(property => CountSections(property.Value));
        if (!element.TryGetProperty("properties", out var properties))
            return count;

        Assert.False(element.GetProperty("additionalProperties").GetBoolean());
        Assert.All(properties.EnumerateObject(), property => Assert.NotEqual("", property.Value.GetProperty("description").GetString()));
        return count + 1;
    }
}
