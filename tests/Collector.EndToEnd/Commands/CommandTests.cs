using Collector.EndToEnd.Harness;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>Contract §1: what the commands print, and their exit codes.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Version_names_version_commit_and_runtime()
    {
        CommandRun run = CommandRun.Collector("version");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches(@"^collector \d+\.\d+\.\d+\S*, commit [0-9a-f]{12}, \.NET 10\.[^\n]*\n$", run.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("harvest")]
    [InlineData("run", "--config")]
    [InlineData("run", "--log-level", "loud")]
    [InlineData("run", "--config", "x.yaml", "--twice")]
    [InlineData("run", "--config", "x.yaml", "surplus")]
    [InlineData("validate", "--config", "x.yaml", "--once")]
    [InlineData("buffer")]
    [InlineData("buffer", "ls")]
    [InlineData("buffer", "drop", "--data-dir", "x")]
    [InlineData("buffer", "drop", "--output", "x")]
    [InlineData("version", "--long")]
    public void Wrong_use_of_the_command_line_is_2_and_says_what_is_wrong(params string[] arguments)
    {
        CommandRun run = CommandRun.Collector(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Contains("Try 'collector", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_is_printed_and_0()
    {
        CommandRun run = CommandRun.Collector("--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.All((string[])["run", "validate", "buffer", "version"], command => Assert.Contains($"  {command} ", run.Output, StringComparison.Ordinal));
    }

    /// <summary>Without <c>--config</c> it is where the image and the chart have it.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public void The_configuration_has_a_place_of_its_own(string command)
    {
        CommandRun run = CommandRun.Collector(command);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/etc/collector/collector.yaml: ", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_level_of_the_command_line_counts_in_place_of_the_configurations()
    {
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
        Assert.Contains("collector.yaml", stage.ConfigPath, StringComparison.Ordinal);
        CommandRun run = CommandRun.Collector("run", "-c", stage.ConfigPath, "--once", "--log-level", "error");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public void A_configuration_file_that_is_not_there_is_1(string command)
    {
        CommandRun run = CommandRun.Collector(command, "--config", stage.Sub("none.yaml"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{stage.Sub("none.yaml")}: cannot be read", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public void All_mistakes_are_told_at_once_and_nothing_is_written(string command)
    {
        File.WriteAllText(stage.ConfigPath, $$$"""
            dataDir: {{{stage.DataDir}}}
            colour: blue
            sources: [{type: containers, startAt: middle}]
            outputs:
              - {name: a, store: {type: filesystem, path: {{{stage.Objects}}}}, batch: {maxAge: soon}}
            cluster: ${COLLECTOR_TEST_NOT_SET}
            """);

        CommandRun run = CommandRun.Collector(command, "--config", stage.ConfigPath);

        Assert.Equal(1, run.ExitCode);
        string told = command == "run" ? run.Errors : run.Output;
        Assert.Collection(
            told.Split('\n')[..^1],
            line => Assert.Matches(@"^colour \(line 2\): .*; .+$", line),
            line => Assert.Matches(@"^sources\[0\]\.startAt \(line 3\): .*; .+$", line),
            line => Assert.Matches(@"^outputs\[0\]\.batch\.maxAge \(line 5\): .*; .+$", line),
            line => Assert.Matches(@"^cluster \(line 6\): .*COLLECTOR_TEST_NOT_SET.*; .+$", line));
        Assert.False(Directory.Exists(stage.DataDir));
        Assert.Empty(Directory.EnumerateFileSystemEntries(stage.Objects));
    }

    [Fact]
    public void Validate_says_OK_and_writes_nothing()
    {
        CommandRun run = Validate();
        Assert.Equal(new CommandRun(0, "OK\n", ""), run);
        Assert.False(Directory.Exists(stage.DataDir));
    }

    [Fact]
    public void Validate_with_connect_proves_write_access_and_leaves_no_object()
    {
        CommandRun run = Validate("--connect");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(stage.Objects, run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nOK\n", run.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(stage.Objects));
        Assert.False(Directory.Exists(stage.DataDir));
    }

    [Fact]
    public void Validate_with_connect_names_every_store_that_cannot_be_written_to()
    {
        stage.Outputs = [new OutputYaml(), new OutputYaml("away", stage.Sub("away")), new OutputYaml("file", stage.ConfigPath)];
        CommandRun run = Validate("--connect");
        Assert.Equal(1, run.ExitCode);
        Assert.Collection(
            run.Output.Split('\n')[..^1],
            line => Assert.EndsWith("writable", line, StringComparison.Ordinal),
            line => Assert.Contains(stage.Sub("away"), line, StringComparison.Ordinal),
            line => Assert.Contains(stage.ConfigPath, line, StringComparison.Ordinal));
    }

    /// <summary>The first hangs for good; the second is looked at all the same.</summary>
    [Fact]
    public async Task Validate_with_connect_gives_a_store_that_does_not_answer_its_deadline()
    {
        await using var server = LoopbackServer.Start(context => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        stage.Outputs =
        [
            new OutputYaml("hangs", Store: $"{{type: gcs, bucket: logs, endpoint: '{server.Url}', authentication: {{type: none}}}}", Retry: "attemptTimeout: 1s"),
            new OutputYaml(),
        ];

        CommandRun run = Validate("--connect");

        Assert.Equal(1, run.ExitCode);
        Assert.Collection(
            run.Output.Split('\n')[..^1],
            line => Assert.Equal("outputs.hangs: gcs logs as nobody: the store cannot be used: no answer within retry.attemptTimeout (1 s)", line),
            line => Assert.EndsWith("writable", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public void An_emulator_that_the_environment_names_by_no_address_is_a_mistake_of_the_configuration(string command)
    {
        stage.Outputs = [new OutputYaml(Store: "{type: gcs, bucket: logs}")];
        File.WriteAllText(stage.ConfigPath, stage.Configuration());

        CommandRun run = CommandRun.Of("env", "STORAGE_EMULATOR_HOST=gcs:port", CollectorBinary.Path, command, "--config", stage.ConfigPath);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("outputs[0].store.endpoint (line ", run.Output + run.Errors, StringComparison.Ordinal);
        Assert.Contains("STORAGE_EMULATOR_HOST is 'gcs:port', which is not an address", run.Output + run.Errors, StringComparison.Ordinal);
    }

    private CommandRun Validate(params string[] more)
    {
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
        return CommandRun.Collector(["validate", "--config", stage.ConfigPath, .. more]);
    }
}
