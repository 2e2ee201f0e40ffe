using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Configurations that are right but for what a test is about.</summary>
internal static class Yaml
{
    public const string Source = "sources: [{}]\n";
    public const string Output = "outputs: [{store: {type: filesystem, path: /data}}]\n";

    /// <summary>The shortest configuration; what is added to it begins at line 3.</summary>
    public const string Minimal = Source + Output;

    public static ParsedConfiguration Parse(string yaml, params (string Name, string Value)[] environment) =>
        ConfigurationParser.Parse(yaml, "test.yaml", name => environment.Where(v => v.Name == name).Select(v => v.Value).FirstOrDefault());

    public static CollectorConfiguration Valid(string yaml, params (string Name, string Value)[] environment)
    {
        var parsed = Parse(yaml, environment);
        Assert.Empty(parsed.Mistakes);
        return Assert.IsType<CollectorConfiguration>(parsed.Configuration);
    }

    public static IEnumerable<string> Mistakes(string yaml, params (string Name, string Value)[] environment)
    {
        var parsed = Parse(yaml, environment);
        Assert.Equal(parsed.Mistakes.Count > 0, parsed.Configuration is null);
        return parsed.Mistakes.Select(mistake => mistake.ToString());
    }
}
