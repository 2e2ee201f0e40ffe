using System.CommandLine;

namespace Collector.Commands;

/// <summary>The option <c>--config</c>, the same for all commands that have it.</summary>
internal static class ConfigOption
{
    /// <summary>The path in images and in the chart.</summary>
    public const string DefaultPath = "/etc/collector/collector.yaml";

    public static Option<string> Create() => new("--config", "-c") { Description = "The configuration file (YAML).", HelpName = "FILE", DefaultValueFactory = _ => DefaultPath };
}
