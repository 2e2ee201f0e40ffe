using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary><c>kubectl past-logs</c>, run as kubectl runs it; kubectl itself is a script that notes what it is asked.</summary>
public sealed class PastLogsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public PastLogsTests()
    {
        // kubectl answers with the namespace of the context that it is asked for; collector says what it is given.
        Script("kubectl", """printf '%s ' "$@" >>"$ASKED"; case "$*" in *--context=other*) printf other-space ;; *) printf '%s' "${CURRENT-}" ;; esac; exit "${KUBECTL_EXIT:-0}" """);
        Script("collector", """printf '[%s]' "$@"; echo""");
        File.Copy(Repository.In("deploy/kubectl-past_logs"), directory.Sub("bin/kubectl-past_logs"));
    }

    private string Asked => directory.Sub("asked");

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("deploy/cart -n shop", "[logs][deploy/cart][-n][shop][--from][s3://logs]")]
    [InlineData("cart --namespace=shop --from gs://b", "[logs][cart][--namespace=shop][--from][gs://b]")]
    [InlineData("-A -l app=cart", "[logs][-A][-l][app=cart][--from][s3://logs]")]
    [InlineData("cart -n shop -c collector.yaml", "[logs][cart][-n][shop][-c][collector.yaml]")]
    [InlineData("cart -n shop -c app", "[logs][cart][-n][shop][-c][app][--from][s3://logs]")]
    [InlineData("--help", "[logs][--help]")]
    public void What_is_given_is_passed_on_and_kubectl_is_not_asked(string arguments, string expected)
    {
        CommandRun run = Run(["COLLECTOR_FROM=s3://logs"], arguments.Split(' '));
        Assert.Equal((0, expected + "\n", ""), (run.ExitCode, run.Output, run.Errors));
        Assert.False(File.Exists(Asked));
    }

    [Theory]
    [InlineData("cart", "shop", "[logs][cart][--namespace][shop][--from][s3://logs]")]
    [InlineData("cart", "", "[logs][cart][--namespace][default][--from][s3://logs]")]
    [InlineData("cart --grep --namespace=x -A 3", "shop", "[logs][cart][--grep][--namespace=x][-A][3][--namespace][shop][--from][s3://logs]")]
    [InlineData("cart --context other --tail 5", "shop", "[logs][cart][--tail][5][--namespace][other-space][--from][s3://logs]")]
    public void The_namespace_is_that_of_the_context_where_none_is_given(string arguments, string current, string expected)
    {
        CommandRun run = Run(["COLLECTOR_FROM=s3://logs", $"CURRENT={current}"], arguments.Split(' '));
        Assert.Equal((0, expected + "\n", ""), (run.ExitCode, run.Output, run.Errors));
        Assert.StartsWith("config view --minify --output jsonpath={..namespace} ", File.ReadAllText(Asked), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_logs_are_may_stand_in_a_file()
    {
        File.WriteAllText(directory.Sub("from"), "azblob://account/logs");
        Assert.Equal("[logs][cart][-n][shop][--from][azblob://account/logs]\n", Run([$"COLLECTOR_FROM_FILE={directory.Sub("from")}"], "cart", "-n", "shop").Output);
    }

    [Fact]
    public void What_is_missing_is_told()
    {
        CommandRun nowhere = Run([], "cart", "-n", "shop");
        Assert.Equal((2, ""), (nowhere.ExitCode, nowhere.Output));
        Assert.Contains("set COLLECTOR_FROM", nowhere.Errors, StringComparison.Ordinal);

        CommandRun noContext = Run(["COLLECTOR_FROM=s3://logs", "KUBECTL_EXIT=1"], "cart");
        Assert.Equal((2, ""), (noContext.ExitCode, noContext.Output));
        Assert.Contains("give a namespace with -n", noContext.Errors, StringComparison.Ordinal);
    }

    /// <summary>With the collector itself: a dead pod's line.</summary>
    [Fact]
    public void It_reads_what_the_agent_stored()
    {
        using var stage = new Stage();
        new PodLog(stage.Tree).Write("a line");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal("a line\n", Run([$"COLLECTOR={CollectorBinary.Path}", $"COLLECTOR_FROM=file://{stage.Objects}", "CURRENT=shop"], "cart").Output);
    }

    private CommandRun Run(string[] environment, params string[] arguments) => CommandRun.Of(
        "env", ["-u", "COLLECTOR_FROM", "-u", "KUBECTL", $"HOME={directory.Path}", "XDG_CONFIG_HOME=", $"ASKED={Asked}", $"PATH={directory.Sub("bin")}:{Environment.GetEnvironmentVariable("PATH")}", .. environment, "kubectl-past_logs", .. arguments]);

    private void Script(string name, string text)
    {
        Directory.CreateDirectory(directory.Sub("bin"));
        File.WriteAllText(directory.Sub($"bin/{name}"), $"#!/bin/bash\n{text}\n");
        File.SetUnixFileMode(directory.Sub($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
