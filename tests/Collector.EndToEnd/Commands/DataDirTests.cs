using System.Net;
using System.Net.Sockets;
using Collector.EndToEnd.Harness;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary>What the agent cannot start without: a data dir of its own, and its port.</summary>
public sealed class DataDirTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-68.</summary>
    [Fact]
    public void A_file_in_the_place_of_the_data_dir_is_3() => AssertUnusable(stage.ConfigPath);

    /// <summary>S-68: a place where nobody can make a directory.</summary>
    [Fact]
    public void A_data_dir_that_cannot_be_made_is_3() => AssertUnusable("/proc/collector");

    /// <summary>S-68.</summary>
    [Fact]
    public void A_read_only_data_dir_is_3()
    {
        Directory.CreateDirectory(stage.DataDir);
        using SmallDisk disk = Mount.OrSkip(stage.DataDir, "1m", readOnly: true);
        AssertUnusable(stage.DataDir);
    }

    /// <summary>S-69: the new pod of a rolling update starts while the old one drains.</summary>
    [Fact]
    public void A_second_collector_on_the_data_dir_is_3_and_the_first_one_goes_on()
    {
        var log = new PodLog(stage.Tree).Write("before");
        Agent first = stage.Start();
        first.AwaitUploaded(1);

        using (Agent second = stage.Launch())
        {
            Assert.Equal(3, second.WaitForExit());
            LogLine said = Assert.Single(second.Log, l => l.Level is "critical" or "fatal");
            Assert.Contains("in use by another collector", said.Message, StringComparison.Ordinal);
        }

        log.Write("after");
        first.AwaitUploaded(2);
        first.Stop();
        stage.Start().Stop();
        Assert.Equal(["before", "after"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>By a person or a clean-up; what waited there is gone, and the next start reads it again from its file.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("lock")]
    [InlineData("outputs/default")]
    public void A_data_dir_that_is_deleted_under_a_running_collector_ends_it_with_3(string part)
    {
        var log = new PodLog(stage.Tree).Write("waits");
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_records_read_total", v => v == 1);
        var gone = Path.Join(stage.DataDir, part);
        if (part == "lock") File.Delete(gone);
        else Directory.Delete(gone, recursive: true);

        Assert.Equal(3, agent.WaitForExit());
        LogLine said = Assert.Single(agent.Log, l => l.Level is "critical" or "fatal");
        Assert.Contains("was deleted or replaced while the collector ran", said.Message, StringComparison.Ordinal);
        if (part == "lock") return;
        log.Write("later");
        stage.Start().Stop();
        Assert.Equal(["waits", "later"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>As kubelet makes it for a hostPath, and the contract (§2) does not want it.</summary>
    [Fact]
    public void A_data_dir_that_all_may_read_is_closed_to_them()
    {
        Directory.CreateDirectory(stage.DataDir);
        File.SetUnixFileMode(stage.DataDir, (UnixFileMode)Convert.ToInt32("755", 8));
        stage.Start().Stop();
        Assert.Equal(Convert.ToInt32("700", 8), (int)File.GetUnixFileMode(stage.DataDir));
    }

    /// <summary>Its owner has said who may write there; a collector of another user cannot say otherwise, and need not.</summary>
    [Fact]
    public void A_data_dir_of_another_user_is_used_as_it_is()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Becoming another user takes root.");
        Directory.CreateDirectory(stage.DataDir);
        Assert.Equal(0, CommandRun.Of("chgrp", "65534", stage.DataDir).ExitCode);
        File.SetUnixFileMode(stage.DataDir, (UnixFileMode)Convert.ToInt32("770", 8));
        File.SetUnixFileMode(stage.Root, File.GetUnixFileMode(stage.Root) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        stage.Launcher = ["/usr/bin/env", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

        stage.Start().Stop();

        Assert.Equal(Convert.ToInt32("770", 8), (int)File.GetUnixFileMode(stage.DataDir));
    }

    [Fact]
    public void A_killed_collector_holds_nothing()
    {
        stage.Start().Kill();
        stage.Start().Stop();
    }

    [Fact]
    public void A_port_that_is_in_use_is_4_and_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        stage.Listen = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        new PodLog(stage.Tree).Write("kept");

        using Agent agent = stage.Launch();

        Assert.Equal(4, agent.WaitForExit());
        Assert.Contains(agent.Log, l => l.Message.Contains(stage.Listen, StringComparison.Ordinal) && l.Message.Contains("in use", StringComparison.Ordinal));
        stage.Listen = "127.0.0.1:0";
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["kept"], StoredRecords.Texts(stage.Objects));
    }

    [Fact]
    public void Buffer_commands_want_a_data_dir_and_an_output_that_is_there()
    {
        CommandRun none = CommandRun.Collector("buffer", "ls", "--data-dir", stage.Sub("none"));
        Assert.Equal(3, none.ExitCode);
        Assert.Contains("is not the data dir of a collector", none.Output + none.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(stage.Sub("none")));

        Agent agent = stage.Start();
        Assert.Equal(0, CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).ExitCode);
        CommandRun held = CommandRun.Collector("buffer", "drop", "--output", "default", "--data-dir", stage.DataDir, "--yes");
        Assert.Equal(3, held.ExitCode);
        Assert.Contains("in use by another collector", held.Output + held.Errors, StringComparison.Ordinal);
        agent.Stop();

        CommandRun unknown = CommandRun.Collector("buffer", "drop", "--output", "nobody", "--data-dir", stage.DataDir, "--config", stage.ConfigPath);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("'nobody'", unknown.Output + unknown.Errors, StringComparison.Ordinal);
    }

    private void AssertUnusable(string dataDir)
    {
        stage.DataDir = dataDir;
        using Agent agent = stage.Launch();
        Assert.Equal(3, agent.WaitForExit());
        Assert.Contains(agent.Log, l => l.Message.Contains($"dataDir {dataDir} cannot be used", StringComparison.Ordinal));
        Assert.DoesNotContain(agent.Log, l => l.Raw.Contains("\"exception\"", StringComparison.Ordinal));
    }
}
