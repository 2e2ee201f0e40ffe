using System.CommandLine;
using System.Diagnostics;
using Collector.Commands;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>The completion scripts; that of bash is run by bash.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("collector-completion-");

    public void Dispose() => directory.Delete(recursive: true);

    /// <summary>The last word is the one that is completed.</summary>
    [Theory]
    [InlineData("collector ru", "run")]
    [InlineData("collector sch", "")]
    [InlineData("collector buffer ", "--help -h drop ls")]
    [InlineData("collector buffer drop --da", "--data-dir")]
    [InlineData("collector run --", "--config --help --log-level --once")]
    [InlineData("collector run --log-level ", "debug error info trace warn warning")]
    [InlineData("collector run --log-level=w", "warn warning")]
    [InlineData("collector run --once --log-level e", "error")]
    [InlineData("collector buffer drop --output ", "")]
    [InlineData("collector completion ", "--help -h bash fish zsh")]
    [InlineData("collector logs -o j", "jsonl")]
    [InlineData("collector logs deploy/cart --stream std", "stderr stdout")]
    [InlineData("collector run --config a", "a b.yaml a.yaml")]
    [InlineData("collector run -c=a.", "a.yaml")]
    [InlineData("collector explain a.", "a.yaml")]
    [InlineData("collector explain --js", "--json")]
    [InlineData("collector convert --from ", "astronomer clusterlogforwarder fluent-bit fluentd union vector")]
    [InlineData("collector convert --from vector a.", "a.yaml")]
    public void Bash_completes(string line, string expected)
    {
        File.WriteAllText(Path.Combine(directory.FullName, "a.yaml"), "");
        File.WriteAllText(Path.Combine(directory.FullName, "a b.yaml"), "");

        Assert.Equal(expected, Complete(line));
    }

    /// <summary>One place says which commands and options there are: all of them, and none of the hidden ones, are in each script.</summary>
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Every_command_and_option_is_in_the_script_of(string shell)
    {
        var script = CompletionCommand.Text(shell);

        Assert.All(CommandsOf(CommandLine.Root()).Where(c => !c.Hidden), command =>
        {
            Assert.Contains($" {command.Name}'", script, StringComparison.Ordinal);
            Assert.All(command.Options.Where(o => !o.Hidden), option => Assert.Contains(shell != "fish" ? $"{option.Name}" : option.Name.StartsWith("--", StringComparison.Ordinal) ? $"-l {option.Name[2..]} " : $"-s {option.Name[1..]} ", script, StringComparison.Ordinal));
        });
        Assert.DoesNotContain("schema", script, StringComparison.Ordinal);
    }

    private static IEnumerable<Command> CommandsOf(Command command) => command.Subcommands.SelectMany(CommandsOf).Concat(command.Subcommands);

    /// <summary>What bash would offer, sorted; it splits words at <c>=</c>, as readline does.</summary>
    private string Complete(string line)
    {
        const string Driver = """
            set -u
            shopt -s progcomp
            cd "$1"
            source /dev/stdin
            read -ra words <<<"${2//=/ = }"
            [[ $2 != *' ' ]] || words+=('')
            COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
            complete -p collector >/dev/null || exit 3
            _collector
            printf '%s\n' "${COMPREPLY[@]+"${COMPREPLY[@]}"}" | LC_ALL=C sort | paste -sd ' '
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", Driver, "bash", directory.FullName, line])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        bash.StandardInput.Write(CompletionCommand.Text("bash"));
        bash.StandardInput.Close();
        bash.WaitForExit();
        Assert.Equal((0, ""), (bash.ExitCode, errors.GetAwaiter().GetResult()));
        return output.GetAwaiter().GetResult().Trim();
    }
}
