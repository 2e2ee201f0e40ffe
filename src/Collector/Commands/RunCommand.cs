using System.CommandLine;
using Collector.Configuration;
using Collector.Hosting;

namespace Collector.Commands;

/// <summary><c>collector run</c>: the agent. With mistakes in the configuration nothing is started and nothing written.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var level = LogLevelOption.Create();
        var once = new Option<bool>("--once") { Description = "Read and deliver all that is there now, then exit; exit code 1 if anything is left." };
        var command = new Command("run", "Run the agent until SIGTERM or SIGINT; a second one cuts the shutdown short.") { config, once, level };
        command.SetAction((parsed, _) =>
            RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(once), parsed.GetValue(level), parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(string file, bool once, string? level, TextWriter error)
    {
        // First of all: a signal during the start, which may take seconds with a full buffer, is a shutdown like any other.
        using var signals = StopSignals.Listen();
        var (configuration, mistakes) = ConfigurationFile.Load(file);
        foreach (var mistake in mistakes)
            await error.WriteLineAsync(mistake.ToString());
        if (configuration is null)
            return ExitCode.Incomplete;

        return await AgentHost.RunAsync(LogLevelOption.Apply(level, configuration), once, signals, error is StandardWriter { IsTerminal: true } ? error : null);
    }
}
