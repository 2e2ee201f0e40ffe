using System.CommandLine;

namespace Collector.Commands;

/// <summary><c>collector completion</c>: prints a shell's completion script, made from the tree of commands.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CompletedCommand>, string>> s_shells = new(StringComparer.Ordinal)
    {
        ["bash"] = CompletionScripts.Bash,
        ["zsh"] = CompletionScripts.Zsh,
        ["fish"] = CompletionScripts.Fish,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. s_shells.Keys]);
        var command = new Command("completion", "Print a completion script. In bash: source <(collector completion bash); zsh: the same; fish: collector completion fish | source.") { shell };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Text(parsed.GetRequiredValue(shell))));
        return command;
    }

    public static string Text(string shell) => s_shells[shell](CompletedCommand.All(CommandLine.Root()));
}
