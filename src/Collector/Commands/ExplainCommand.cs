using System.CommandLine;
using Collector.Commands.Explaining;
using Collector.Configuration;

namespace Collector.Commands;

/// <summary>
/// <c>collector explain</c>: what a configuration would collect on this node now, file by file, with the rule that decided it. It
/// reads names, status and the pods that the agent saved in its data dir; for a PATH also the positions there, and the end of the
/// log. It writes nothing and sends nothing over the network. 0: explained; 1: a configuration with mistakes, or a path that no
/// source matches.
/// </summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files, links or directories to explain; without any, all files of all sources.", Arity = ArgumentArity.ZeroOrMore };
        var config = ConfigOption.Create();
        var json = new Option<bool>("--json") { Description = "One JSON object a line, one line a file." };
        var command = new Command("explain", "Show for each file on this node whether a configuration collects it, for which pod, output and key, or why not. A PATH also shows how far the agent has read it, and one record as it would be stored. Exit code 1: no source matches a given PATH.") { paths, config, json };
        command.SetAction(async (parsed, _) =>
            await RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(paths) ?? [], parsed.GetValue(json), parsed.InvocationConfiguration));
        return command;
    }

    private static async Task<int> RunAsync(string file, IReadOnlyList<string> paths, bool asJson, InvocationConfiguration streams)
    {
        var (configuration, mistakes) = ConfigurationFile.Load(file);
        foreach (var mistake in mistakes)
            await streams.Error.WriteLineAsync(mistake.ToString());
        if (configuration is null)
            return ExitCode.Incomplete;

        var explainer = Explainer.For(configuration);
        var files = explainer.Explain();
        var wanted = paths.Select(path => new WantedPath(path)).ToList();
        var shown = wanted.Count == 0 ? files : [.. files.Where(one => wanted.Exists(w => w.Is(one.File))).Select(explainer.WithDetails)];
        foreach (var one in shown)
        {
            if (asJson)
                await streams.Output.WriteLineAsync(ExplanationJson.Of(one));
            else
                ExplanationText.Write(one, streams.Output, withDetails: wanted.Count > 0);
        }

        if (!asJson)
            await streams.Output.WriteLineAsync(ExplanationText.Totals(shown, explainer));
        var missed = wanted.FindAll(w => !files.Any(one => w.Is(one.File)));
        foreach (var path in missed)
            await streams.Error.WriteLineAsync(ExplanationText.Missed(path.Given, configuration));
        return missed.Count > 0 ? ExitCode.Incomplete : ExitCode.Done;
    }
}
