namespace Collector.Configuration;

/// <summary>
/// Warnings, which are not mistakes: <c>validate</c> prints them on standard error, and the agent logs them at its start.
/// </summary>
public static class ConfigurationWarnings
{
    public static IEnumerable<string> Of(CollectorConfiguration config) => [.. PlainTextWarnings.Of(config), .. MetadataWarnings.Of(config), .. KeyPrefixWarnings.Of(config), .. TwiceWarnings.Of(config), .. RecordLimit.Warnings(config)];
}
