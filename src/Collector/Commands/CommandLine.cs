using System.CommandLine;
using Collector.Commands.Reading;
using Collector.Commands.Reading.Ui;
using Collector.Configuration.Binding;

namespace Collector.Commands;

/// <summary>The command line of contract §1.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Runs a command line and returns its exit code. Standard output that cannot be written is <see cref="ExitCode.Incomplete"/>,
    /// for every command.
    /// </summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        await using var safeOutput = new StandardWriter(output, isError: false);
        await using var safeError = new StandardWriter(error, isError: true);
        try
        {
            return await RunAsync(arguments, safeOutput, safeError);
        }
        catch (OutputLostException e)
        {
            await safeError.WriteLineAsync($"Standard output cannot be written: {e.Message}. The printed text is incomplete; free space there, or print to another place.");
            return ExitCode.Incomplete;
        }
    }

    private static async Task<int> RunAsync(string[] arguments, StandardWriter output, StandardWriter error)
    {
        // Files of arguments (@file) are not part of the contract.
        var words = arguments is ["help", ..] ? [.. arguments[1..], "--help"] : arguments;
        var parsed = Root().Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            foreach (var mistake in Mistakes(parsed))
                await error.WriteLineAsync(mistake);
            await error.WriteLineAsync($"Try '{PathOf(parsed.CommandResult.Command)} --help'.");
            return ExitCode.WrongUse;
        }

        // Signals are the run command's own: the library would end the process after a time of its choice.
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        return await parsed.InvokeAsync(invocation);
    }

    /// <summary>The tree of all commands.</summary>
    internal static RootCommand Root()
    {
        var root = new RootCommand("Collects the logs of a Kubernetes node into an object store, each record exactly once.")
        {
            RunCommand.Create(),
            ValidateCommand.Create(),
            BufferCommand.Create(),
            StatusCommand.Create(),
            LogsCommand.Create(),
            ListCommand.Create(),
            GetCommand.Create(),
            ExportCommand.Create(),
            VerifyCommand.Create(),
            UiCommand.Create(),
            ExplainCommand.Create(),
            ConvertCommand.Create(),
            CompletionCommand.Create(),
            VersionCommand.Create(),
            SchemaCommand.Create(),
        };
        EmptyValues.Refuse(root);
        return root;
    }

    /// <summary>In the library's words, but for a word that is no command and no option: the one that was meant is named.</summary>
    private static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] commands = [.. command.Subcommands.Where(one => !one.Hidden).Select(one => one.Name)];
        var isCommand = commands.Length > 0;
        if (isCommand && !parsed.UnmatchedTokens.Any())
            return [$"Give a command: {string.Join(", ", commands)}."];
        if (isCommand && !parsed.UnmatchedTokens[0].StartsWith('-'))
            return [Unknown(parsed.UnmatchedTokens[0], "a command", commands)];

        string[] options = [.. command.Options.Where(one => !one.Hidden).Select(one => one.Name)];
        return parsed.Errors.Select(mistake => parsed.UnmatchedTokens.FirstOrDefault(token => token.StartsWith('-') && mistake.Message.EndsWith($"'{token}'.", StringComparison.Ordinal)) is { } token
            ? Unknown(token, "an option", options)
            : mistake.Message);

        string Unknown(string word, string kind, string[] known) =>
            $"'{word}' is not {kind} of {PathOf(command)}" + (known.Length == 0 ? "" : Spelling.Nearest(word, known) is { } near ? $"; did you mean {near}?" : $"; write one of {string.Join(", ", known)}");
    }

    private static string PathOf(Command command) =>
        command is RootCommand ? "collector" : $"{PathOf((Command)command.Parents.First())} {command.Name}";
}
