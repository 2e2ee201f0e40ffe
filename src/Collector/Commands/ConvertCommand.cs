using System.CommandLine;
using Collector.Commands.Converting;

namespace Collector.Commands;

/// <summary>
/// <c>collector convert</c>: the configuration of another agent as one of ours. 0: it does the same; 1: something of weight has no
/// counterpart, or the file cannot be read; 2: wrong use.
/// </summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "Whose configuration it is.", HelpName = "AGENT", Required = true };
        from.AcceptOnlyFromAmong([.. Converter.Agents]);
        var file = new Argument<string>("FILE") { Description = "Its configuration; - is standard input." };
        var command = new Command("convert", "Print a configuration that does what another agent's does. What has no counterpart stands in it as a comment, and on standard error. Exit code 1: other data would be stored than there.") { from, file };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(from), parsed.GetRequiredValue(file), parsed.InvocationConfiguration));
        return command;
    }

    private static async Task<int> RunAsync(string agent, string file, InvocationConfiguration streams)
    {
        try
        {
            var (yaml, remarks) = Converter.Convert(agent, file);
            await streams.Output.WriteAsync(yaml);
            foreach (var remark in remarks)
                await streams.Error.WriteLineAsync(remark.ToString());
            return remarks.Any(r => r.IsOfWeight) ? ExitCode.Incomplete : ExitCode.Done;
        }
        catch (ConvertException e)
        {
            await streams.Error.WriteLineAsync(e.Message);
            return ExitCode.Incomplete;
        }
    }
}
