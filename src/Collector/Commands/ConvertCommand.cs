using System.CommandLine;
using Collector.Commands.Converting;
using Collector.Commands.Converting.Positions;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;

namespace Collector.Commands;

/// <summary>
/// <c>collector convert</c>: the configuration of another agent as one of the collector; with <c>--positions</c>, where that agent
/// stopped reading, for the collector's first start. 0: done; 1: something important has no counterpart, or a file cannot be read;
/// 2: wrong use; 3: the data dir cannot be used, or was used before.
/// </summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = $"The agent that the configuration or the positions belong to: {string.Join(", ", Converter.Agents)}.", HelpName = "AGENT", Required = true };
        from.AcceptOnlyFromAmong([.. Converter.Agents]);
        var positions = new Option<string[]>("--positions") { Description = "In place of FILE: the file in which fluent-bit (DB) or fluentd (pos_file) keeps its positions; the first start on --data-dir begins there. May be given several times.", HelpName = "DB" };
        var dataDir = new Option<string?>("--data-dir") { Description = "With --positions: the data dir of the collector that will begin there.", HelpName = "DIR" };
        var file = new Argument<string?>("FILE") { Description = "The agent's configuration; - is standard input.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("convert", "Print a configuration that does what another agent's does, or take over its positions. Keys without a counterpart become comments in it, and are listed on standard error. Exit code 1: the collector would store other data than that agent.") { from, positions, dataDir, file };
        command.Validators.Add(result =>
        {
            var isTakingOver = result.GetResult(positions) is not null;
            if (isTakingOver == result.GetResult(file) is { Tokens.Count: > 0 })
                result.AddError("Give either FILE or --positions.");
            else if (isTakingOver != result.GetResult(dataDir) is not null)
                result.AddError("--positions and --data-dir belong together.");
            else if (isTakingOver && result.GetValue(dataDir) is { Length: > 0 } directory && !Path.IsPathRooted(directory))
                result.AddError($"--data-dir {directory} is not an absolute path: give the dataDir of the collector, like /var/lib/collector.");
            else if (isTakingOver && result.GetValue(from) is not (Converter.FluentBit or Converter.Fluentd))
                result.AddError($"--positions is for --from {Converter.FluentBit} and --from {Converter.Fluentd}.");
        });
        command.SetAction((parsed, _) => parsed.GetValue(positions) is { Length: > 0 } given
            ? TakeOverAsync(parsed.GetRequiredValue(from), given, parsed.GetValue(dataDir)!, parsed.InvocationConfiguration)
            : ConvertAsync(parsed.GetRequiredValue(from), parsed.GetValue(file)!, parsed.InvocationConfiguration));
        return command;
    }

    private static async Task<int> ConvertAsync(string agent, string file, InvocationConfiguration streams)
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

    /// <summary>As an init container it runs before each start, also on nodes where the other agent never ran.</summary>
    private static async Task<int> TakeOverAsync(string agent, IReadOnlyList<string> files, string dataDir, InvocationConfiguration streams)
    {
        try
        {
            if (files.FirstOrDefault(Directory.Exists) is { } directory)
                throw new ConvertException(directory, $"it is a directory, so nothing is taken over; give the file in which {agent} keeps its positions");
            foreach (var missing in files.Where(f => !File.Exists(f)))
                await streams.Error.WriteLineAsync($"{missing} does not exist: {agent} left no positions in it, and nothing is taken over");
            var there = files.Where(File.Exists).ToList();
            if (there.Count == 0)
                return ExitCode.Done;

            List<HandedPosition> positions = [.. there.SelectMany(f => agent == Converter.FluentBit ? FluentBitPositions.Read(f) : FluentdPositions.Read(f))];
            if (positions.Count == 0)
            {
                await streams.Error.WriteLineAsync($"{string.Join(" and ", there)} holds no positions: {agent} has read no file, and nothing is taken over");
                return ExitCode.Done;
            }

            switch (HandOver.Give(dataDir, positions))
            {
                case HandOverResult.Given:
                    await streams.Output.WriteLineAsync($"{positions.Count} positions are in {dataDir}: the first start there begins where {agent} stopped");
                    return ExitCode.Done;
                case HandOverResult.AlreadyTaken:
                    await streams.Output.WriteLineAsync($"{dataDir} has taken over positions before; nothing is changed, and the collector continues from its own positions");
                    return ExitCode.Done;
                default:
                    await streams.Error.WriteLineAsync($"dataDir {dataDir} was used by a collector before and has positions of its own, so the positions of {agent} are not taken over. Leave this step out to continue from the collector's positions, or give an empty dataDir to begin where {agent} stopped");
                    return ExitCode.DataDirUnusable;
            }
        }
        catch (ConvertException e)
        {
            await streams.Error.WriteLineAsync(e.Message);
            return ExitCode.Incomplete;
        }
        catch (Exception e) when (e is DataDirException or FormatVersionException)
        {
            await streams.Error.WriteLineAsync(e.Message);
            return ExitCode.DataDirUnusable;
        }
    }
}
