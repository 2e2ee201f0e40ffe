using System.CommandLine;

namespace Collector.Commands;

/// <summary>The option <c>--config</c>, the same for all commands that have it.</summary>
internal static class ConfigOption
{
    public static Option<string> Create() => new("--config") { Description = "The configuration file (YAML).", HelpName = "FILE", Required = true };
}
