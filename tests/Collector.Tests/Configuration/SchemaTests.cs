using System.Text.Json;
using Collector.Commands;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.Tests.Configuration;

public sealed class SchemaTests
{
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

    private static int CountSections(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return element.EnumerateArray().Sum(CountSections);
        if (element.ValueKind != JsonValueKind.Object)
            return 0;
        var count = element.EnumerateObject().Sum(property => CountSections(property.Value));
        if (!element.TryGetProperty("properties", out var properties))
            return count;

        Assert.False(element.GetProperty("additionalProperties").GetBoolean());
        Assert.All(properties.EnumerateObject(), property => Assert.NotEqual("", property.Value.GetProperty("description").GetString()));
        return count + 1;
    }
}
