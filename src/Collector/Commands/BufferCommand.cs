using System.CommandLine;
using Collector.Configuration;

namespace Collector.Commands;

/// <summary><c>collector buffer</c>: shows and drops the records that wait on disk.</summary>
internal static class BufferCommand
{
    public static Command Create() => new("buffer", "Show or drop the records that wait on disk.") { List(), Drop() };

    private static Command List()
    {
        var dataDir = DataDir();
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Command("ls", "Show the records that wait on disk, by output.") { dataDir, json };
        command.SetAction(parsed => BufferInspector.List(parsed.GetRequiredValue(dataDir), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Command Drop()
    {
        var dataDir = DataDir();
        var output = new Option<string>("--output") { Description = "Name of an output that is no longer configured.", HelpName = "NAME", Required = true };
        var config = ConfigOption.Create();
        var yes = new Option<bool>("--yes") { Description = "Also drop the records of an output that is configured, or where the configuration cannot be read." };
        var command = new Command("drop", "Drop the records that wait for an output that is no longer configured, and print what is lost.") { output, dataDir, config, yes };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(output);
            var objection = parsed.GetValue(yes) ? null : Objection(parsed.GetRequiredValue(config), name);
            if (objection is null)
                return BufferInspector.Drop(parsed.GetRequiredValue(dataDir), name, parsed.InvocationConfiguration.Output);

            parsed.InvocationConfiguration.Error.WriteLine(objection);
            return ExitCode.WrongUse;
        });
        return command;
    }

    /// <summary>The objection to dropping an output's records: the output is configured, or this is not known.</summary>
    private static string? Objection(string config, string output)
    {
        var (configuration, mistakes) = ConfigurationFile.Load(config);
        return configuration is null ? $"The configuration, which may have output '{output}', cannot be used: {mistakes[0]}. Give it with --config FILE, or --yes to drop the records without that check."
            : configuration.Outputs.Any(o => o.Name == output) ? $"Output '{output}' is configured in {config}, so its records will still be delivered. Give --yes to drop them all the same."
            : null;
    }

    private static Option<string> DataDir() => new("--data-dir") { Description = "The data dir of the collector.", HelpName = "DIR", Required = true };
}
