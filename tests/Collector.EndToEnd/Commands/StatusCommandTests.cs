using System.Text.Json;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>Contract §1: <c>collector status</c> asks the agent on this node, and says what to do when there is none.</summary>
public sealed class StatusCommandTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void The_agent_on_this_node_tells_what_it_does()
    {
        new PodLog(stage.Tree).Write("a line");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        WriteConfiguration(agent.Address);

        CommandRun table = CommandRun.Collector("status", "--config", stage.ConfigPath);
        Assert.Equal((0, ""), (table.ExitCode, table.Errors));
        Assert.Matches(@"(?m)^default +ok +0 records +0 bytes +- +\d+ (s|min) ago +1 object$", table.Output);

        CommandRun json = CommandRun.Collector("status", "--config", stage.ConfigPath, "--json");
        Assert.Equal((0, ""), (json.ExitCode, json.Errors));
        using JsonDocument status = JsonDocument.Parse(json.Output);
        Assert.Equal(1, status.RootElement.GetProperty("outputs")[0].GetProperty("stored").GetProperty("records").GetInt64());
        Assert.Empty(status.RootElement.GetProperty("notReady").EnumerateArray());
        Assert.Empty(status.RootElement.GetProperty("lagging").EnumerateArray());
    }

    [Fact]
    public void An_output_that_fails_is_told_with_the_reason_and_what_waits()
    {
        File.WriteAllText(stage.Sub("in-the-way"), "");
        stage.Outputs = [new OutputYaml { Store = $"{{type: filesystem, path: '{stage.Sub("in-the-way")}/objects'}}" }];
        new PodLog(stage.Tree).Write("a line", "another");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 1);
        WriteConfiguration(agent.Address);

        CommandRun table = CommandRun.Collector("status", "--config", stage.ConfigPath);
        Assert.Equal(0, table.ExitCode);
        Assert.Matches("(?m)^default +failing +2 records ", table.Output);
        Assert.Contains("in-the-way", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_agent_it_is_1_and_says_what_to_do_and_what_waits_on_disk()
    {
        Agent agent = stage.Start();
        string address = agent.Address;
        agent.Stop();
        WriteConfiguration(address);

        CommandRun run = CommandRun.Collector("status", "--config", stage.ConfigPath);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"No agent answers at http://{address}/status", run.Errors, StringComparison.Ordinal);
        Assert.Contains($"collector run --config {stage.ConfigPath}", run.Errors, StringComparison.Ordinal);
        Assert.Contains("disk of ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_configuration_it_is_2_and_names_the_file_and_the_option()
    {
        CommandRun run = CommandRun.Collector("status", "--config", stage.Sub("none.yaml"));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("none.yaml", run.Errors, StringComparison.Ordinal);
        Assert.Contains("--config FILE", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>The agent found a free port; its own configuration would name one.</summary>
    private void WriteConfiguration(string address)
    {
        stage.Listen = address;
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
    }
}
