using System.CommandLine;
using Collector.Reading;
using Collector.Reading.Export;

namespace Collector.Commands.Reading;

/// <summary><c>collector export</c>: the lines of <c>collector logs</c>, as files (contract §9).</summary>
internal static class ExportCommand
{
    private const string Help = "\nTry 'collector export --help'.";

    public static Command Create()
    {
        var words = new Argument<string[]>("[POD | KIND/NAME] DIR") { Description = "The pod, as for collector logs, and last the directory for the files; the directory is created.", Arity = new ArgumentArity(0, 2) };
        var to = new Option<string>("--to") { Description = "jsonl: the stored records; parquet: columns of them.", HelpName = "jsonl|parquet", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace the files of an earlier export." };
        var options = new LogsOptions(isForFiles: true);
        var store = new StoreOptions();
        var command = new Command("export", "Write stored lines into files, one a container and day. Exit code 1: nothing was found, something was damaged, or DIR cannot be written; 5: the store refused.") { words, to, force };
        options.AddTo(command);
        store.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var form = FormOf(parsed.GetRequiredValue(to));
            var (what, directory) = Sort(parsed, parsed.GetValue(words) ?? [], options.Swallowed(parsed));
            var mistake = form is null
                ? $"--to: '{parsed.GetValue(to)}' is not a file format; write jsonl or parquet{Help}"
                : directory is null ? $"Give one directory for the files, as the last word, and before it at most one pod or KIND/NAME{Help}"
                : what is null && LogsOptions.IsSelection(directory) ? $"DIR is missing: {directory} says which lines. Write the directory for the files as the last word (the directory of this very name is ./{directory}){Help}"
                : "";
            LogsRequest? request = null;
            StoreToRead? opened = null;
            if (mistake.Length > 0 || !options.TryRead(parsed, what, DateTimeOffset.UtcNow, out request, out mistake) || !store.TryOpen(parsed, request.Config, out opened, out mistake))
            {
                await error.WriteLineAsync(mistake);
                return ExitCode.WrongUse;
            }

            await using var reader = new PatientReader(opened.Reader, TimeProvider.System);
            await using var exporter = new Exporter(directory!, form!.Value, parsed.GetValue(force));
            using var signals = StopSignals.Listen();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
            signals.HungUp += stop.Cancel;
            await using var hard = signals.HardStop.Register(() => Environment.Exit(ExitCode.Interrupted));
            return await new ExportRun(reader, opened.Layout, request, exporter, parsed.InvocationConfiguration.Output, error).RunAsync(stop.Token);
        });
        return command;
    }

    private static ExportForm? FormOf(string name) => name switch
    {
        "jsonl" => ExportForm.Jsonl,
        "parquet" => ExportForm.Parquet,
        _ => null,
    };

    /// <summary>The last word is the directory, even if -A has consumed it.</summary>
    private static (string? What, string? Directory) Sort(ParseResult parsed, string[] words, string? swallowed)
    {
        var tokens = parsed.Tokens.Select(token => token.Value).ToList();
        string[] all = swallowed is null ? words : [.. words.Append(swallowed).OrderBy(word => tokens.LastIndexOf(word))];
        return all switch
        {
            [var directory] => (null, directory),
            [var what, var directory] => (what, directory),
            _ => (null, null),
        };
    }
}
