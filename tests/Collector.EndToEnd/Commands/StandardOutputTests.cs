using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>The binary on a standard output that is full, on a terminal, and on a pipe.</summary>
public sealed class StandardOutputTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    [InlineData("completion bash")]
    [InlineData("validate -c CONFIG")]
    [InlineData("explain -c CONFIG")]
    [InlineData("buffer ls --data-dir DATA")]
    [InlineData("ls --from file://OBJECTS")]
    [InlineData("logs cart --from file://OBJECTS")]
    [InlineData("logs cart --from file://OBJECTS --tail 1 -o jsonl")]
    [InlineData("get KEY --from file://OBJECTS")]
    public void A_full_disk_under_standard_output_is_one_line_and_1(string arguments)
    {
        new PodLog(stage.Tree).WriteMany(10);
        Assert.Equal(0, stage.RunOnce());
        string key = Path.GetRelativePath(stage.Objects, Assert.Single(Directory.GetFiles(stage.Objects, "*.gz", SearchOption.AllDirectories)));
        string command = arguments.Replace("CONFIG", stage.ConfigPath, StringComparison.Ordinal).Replace("DATA", stage.DataDir, StringComparison.Ordinal)
            .Replace("OBJECTS", stage.Objects, StringComparison.Ordinal).Replace("KEY", key, StringComparison.Ordinal);

        CommandRun run = CommandRun.Of("sh", "-c", $"exec '{CollectorBinary.Path}' {command} >/dev/full");

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal("Standard output cannot be written: No space left on device. The printed text is incomplete; free space there, or print to another place.\n", run.Errors);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    [InlineData("validate -c CONFIG")]
    [InlineData("logs cart --from file://OBJECTS")]
    public void A_closed_standard_output_is_one_line_and_1(string arguments)
    {
        new PodLog(stage.Tree).WriteMany(10);
        Assert.Equal(0, stage.RunOnce());

        CommandRun run = CommandRun.Of("bash", "-c", $"exec '{CollectorBinary.Path}' {arguments.Replace("CONFIG", stage.ConfigPath, StringComparison.Ordinal).Replace("OBJECTS", stage.Objects, StringComparison.Ordinal)} >&-");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("Standard output cannot be written: Bad file descriptor. The printed text is incomplete; free space there, or print to another place.\n", run.Errors);
    }

    /// <summary>Its own files must not get the numbers of the closed ones: its log would then be in them.</summary>
    [Theory]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public void Closed_standard_streams_do_the_agent_no_harm(string closed)
    {
        new PodLog(stage.Tree).WriteMany(10);
        File.WriteAllText(stage.ConfigPath, stage.Configuration());

        CommandRun run = CommandRun.Of("bash", "-c", $"exec '{CollectorBinary.Path}' run --once -c '{stage.ConfigPath}' {closed}");

        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Single(Directory.GetFiles(stage.Objects, "*.gz", SearchOption.AllDirectories));
        Assert.All(Directory.GetFiles(stage.DataDir, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("everything was read", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public void A_reader_that_has_had_enough_is_no_error()
    {
        new PodLog(stage.Tree).WriteMany(100_000);
        Assert.Equal(0, stage.RunOnce());

        CommandRun run = CommandRun.Of("bash", "-c", $"set -o pipefail; '{CollectorBinary.Path}' logs cart --from 'file://{stage.Objects}' | head -n 1");

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain("cannot be written", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("0 xxx", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Once_shows_how_far_it_is_on_a_terminal_and_not_in_a_pipe()
    {
        new PodLog(stage.Tree).WriteMany(10);
        File.WriteAllText(stage.ConfigPath, stage.Configuration());

        CommandRun piped = CommandRun.Collector("run", "--once", "-c", stage.ConfigPath);
        CommandRun onTerminal = CommandRun.Of("script", "-qec", $"'{CollectorBinary.Path}' run --once -c '{stage.ConfigPath}'", "/dev/null");

        Assert.Equal((0, 0), (piped.ExitCode, onTerminal.ExitCode));
        Assert.DoesNotContain("\e", piped.Errors, StringComparison.Ordinal);
        Assert.Matches("\e\\[K\\d+ files?, [^\\r\\n]* read[^\\r\\n]*, \\d+ objects? stored\\r", onTerminal.Output);
        Assert.All(onTerminal.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[..^1], line => Assert.EndsWith("}", line, StringComparison.Ordinal));
        Assert.Contains("once: ", piped.Errors, StringComparison.Ordinal);
        Assert.Contains("everything was read and delivered", onTerminal.Output, StringComparison.Ordinal);
    }

    /// <summary>What is explained is what is done: the prefixes are those of the objects that are stored then.</summary>
    [Fact]
    public void Explain_tells_beforehand_what_once_stores()
    {
        new PodLog(stage.Tree).WriteMany(10);
        new PodLog(stage.Tree, pod: "web", space: "kube-system", uid: "22222222-2222-4333-8444-555555555555", id: new string('b', 64)).WriteMany(10);
        Directory.CreateDirectory(stage.Sub("app"));
        File.WriteAllText(stage.Sub("app/a.log"), "one\n");
        File.WriteAllText(stage.Sub("app/a.log.1"), "two\n");
        File.WriteAllText(stage.Sub("app/debug.log"), "three\n");
        stage.Sources = [stage.ContainersSource(), $"{{name: app, type: file, path: '{stage.Root}/app/*.log', excludePaths: ['{stage.Root}/app/debug*'], logType: audit}}"];
        stage.Outputs = [new OutputYaml { More = "match: {logTypes: [application, audit]}, keyPrefix: '{.log_type||\"none\"}/{.kubernetes.pod_name||\"none\"}/{.stream||\"none\"}/'" }];
        File.WriteAllText(stage.ConfigPath, stage.Configuration());

        CommandRun explained = CommandRun.Collector("explain", "-c", stage.ConfigPath);
        Assert.Equal((0, ""), (explained.ExitCode, explained.Errors));
        Assert.False(Directory.Exists(stage.DataDir));
        Assert.Equal(0, stage.RunOnce());

        string[] keys = [.. explained.Output.Split('\n').Where(l => l.StartsWith("    key ", StringComparison.Ordinal)).Select(l => Path.GetDirectoryName(l[8..])!).Where(k => !k.EndsWith("stderr", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["application/cart/stdout", "audit/none/none"], keys);
        Assert.Equal(keys, Directory.GetFiles(stage.Objects, "*.gz", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(stage.Objects, Path.GetDirectoryName(f)!)).Distinct().Order(StringComparer.Ordinal));
    }
}
