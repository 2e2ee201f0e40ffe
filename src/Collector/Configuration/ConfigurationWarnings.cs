namespace Collector.Configuration;

/// <summary>What is no mistake but to be known: <c>validate</c> prints it on standard error, the agent logs it at its start.</summary>
public static class ConfigurationWarnings
{
    public static IEnumerable<string> Of(CollectorConfiguration config) => [.. PlainTextWarnings.Of(config), .. MetadataWarnings.Of(config), .. KeyPrefixWarnings.Of(config), .. RecordLimit.Warnings(config)];
}
