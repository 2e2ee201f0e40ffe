using System.CommandLine;
using Collector.Configuration;
using Collector.Configuration.Binding;

namespace Collector.Commands;

/// <summary><c>collector schema</c>, hidden: prints the JSON schema that is committed beside the configuration's code.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON schema of the configuration.") { Hidden = true };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Text()));
        return command;
    }

    public static string Text() => JsonSchema.Print("Collector's configuration", ConfigurationKeys.Root);
}
