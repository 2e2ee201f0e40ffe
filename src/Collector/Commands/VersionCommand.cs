using System.CommandLine;

namespace Collector.Commands;

/// <summary><c>collector version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new Command("version", "Print version, commit and runtime.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(
            $"collector {BuildInformation.Version}, commit {BuildInformation.Commit}, {BuildInformation.Runtime}"));
        return command;
    }
}
