using System.CommandLine;
using Collector.Commands.Reading;
using Collector.Commands.Reading.Ui;

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
        var parsed = Root().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            foreach (var mistake in parsed.Errors)
                await error.WriteLineAsync(mistake.Message);
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

    private static string PathOf(Command command) =>
        command is RootCommand ? "collector" : $"{PathOf((Command)command.Parents.First())} {command.Name}";
}
