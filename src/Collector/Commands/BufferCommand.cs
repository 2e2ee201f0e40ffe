using System.CommandLine;

namespace Collector.Commands;

/// <summary><c>collector buffer</c>: looks at, and gives up, what waits on disk.</summary>
internal static class BufferCommand
{
    public static Command Create() => new("buffer", "Show or give up what waits on disk.") { List(), Drop() };

    private static Command List()
    {
        var dataDir = DataDir();
        var command = new Command("ls", "Show what waits on disk, by output.") { dataDir };
        command.SetAction(parsed => BufferInspector.List(parsed.GetRequiredValue(dataDir), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Command Drop()
    {
        var dataDir = DataDir();
        var output = new Option<string>("--output") { Description = "Name of an output that is no longer configured.", HelpName = "NAME", Required = true };
        var command = new Command("drop", "Give up what waits for an output that is no longer configured, and print what is lost.") { output, dataDir };
        command.SetAction(parsed =>
            BufferInspector.Drop(parsed.GetRequiredValue(dataDir), parsed.GetRequiredValue(output), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Option<string> DataDir() => new("--data-dir") { Description = "The data dir of the collector.", HelpName = "DIR", Required = true };
}
