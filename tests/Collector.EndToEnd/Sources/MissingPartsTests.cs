using System.Diagnostics;
using System.Net.Sockets;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Sources;

/// <summary>What is not there, or is not what it should be, when the agent starts.</summary>
public sealed class MissingPartsTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Source_directories_that_appear_later_are_read()
    {
        Directory.Delete(stage.Tree.Root, recursive: true);
        stage.Sources = [stage.ContainersSource(), $"{{type: file, name: app, path: '{stage.Sub("app")}/*.log'}}"];
        Agent agent = stage.Start();

        Directory.CreateDirectory(stage.Tree.Containers);
        new PodLog(stage.Tree).Write("from a pod");
        Directory.CreateDirectory(stage.Sub("app"));
        File.WriteAllText(stage.Sub("app/a.log"), "from a file\n");

        agent.AwaitUploaded(2);
        Assert.Equal(["from a file", "from a pod"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_store_that_is_missing_is_told_once_and_delivered_to_when_it_appears()
    {
        Directory.Delete(stage.Objects);
        new PodLog(stage.Tree).Write("one", "two");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 4, ("result", "unavailable"));
        Assert.Single(agent.Log, l => l.Level == "warn" && l.Message.Contains(stage.Objects, StringComparison.Ordinal));
        Assert.Equal(200, agent.Get("/healthz").Status);
        Assert.False(Directory.Exists(stage.Objects));

        Directory.CreateDirectory(stage.Objects);

        agent.AwaitUploaded(2);
        agent.AwaitSaid("uploads succeed again");
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Objects));
    }

    [Fact]
    public void Once_is_1_when_the_store_is_missing_and_what_it_read_is_kept()
    {
        Directory.Delete(stage.Objects);
        stage.Grace = "3s";
        new PodLog(stage.Tree).Write("kept");
        Assert.Equal(1, stage.RunOnce());
        Assert.Contains("output default: 1 record in 1 file", CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).Output, StringComparison.Ordinal);

        Directory.CreateDirectory(stage.Objects);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["kept"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>S-15.</summary>
    [Fact]
    public void Pipes_and_sockets_in_the_place_of_logs_are_told_once_and_neither_read_nor_waited_for()
    {
        string app = Directory.CreateDirectory(stage.Sub("app")).FullName;
        stage.Sources = [stage.ContainersSource(), $"{{type: file, name: app, path: '{app}/*.log'}}"];
        var pod = new PodLog(stage.Tree, "cart");
        File.Delete(pod.FilePath);
        Directory.CreateDirectory(pod.FilePath);
        Directory.CreateDirectory(Path.Combine(app, "directory.log"));
        Assert.Equal(0, CommandRun.Of("mkfifo", Path.Combine(app, "pipe.log")).ExitCode);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(app, "socket.log")));
        File.CreateSymbolicLink(Path.Combine(app, "device.log"), "/dev/zero");
        File.WriteAllText(Path.Combine(app, "real.log"), "a record\n");
        new PodLog(stage.Tree, "web").Write("another");

        Agent agent = stage.Start();
        agent.AwaitUploaded(2);
        File.AppendAllText(Path.Combine(app, "real.log"), "one more\n");
        agent.AwaitUploaded(3);

        Assert.Equal(["a record", "another", "one more"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(agent.Log, l => l.Level is "error" or "critical");
        foreach (string name in new[] { "pipe.log", "socket.log" })
        {
            Assert.Single(agent.Log, l => l.Level == "warn" && l.Message.StartsWith($"{app}/{name} is not read: it is a FIFO, a socket or a device", StringComparison.Ordinal));
        }

        Assert.Single(agent.Log, l => l.Level == "warn" && l.Message.StartsWith($"{pod.FilePath} is not read: it is a directory", StringComparison.Ordinal));
        agent.AwaitMetric("collector_files_lost_total", v => v == 4, ("reason", "unreadable"));
        Assert.DoesNotContain(agent.Log, l => l.Message.Contains("directory.log", StringComparison.Ordinal));
        agent.Stop();
    }

    /// <summary>A FIFO is opened by nobody else, as a mount that does not answer would be.</summary>
    [Fact]
    public void A_credential_that_does_not_answer_holds_up_neither_the_start_nor_other_outputs_nor_the_stop()
    {
        string fifo = stage.Sub("secret");
        Assert.Equal(0, CommandRun.Of("mkfifo", fifo).ExitCode);
        stage.Grace = "2s";
        stage.Outputs =
        [
            new OutputYaml(),
            new OutputYaml("other", Store: $"{{type: s3, bucket: logs, region: r, endpoint: 'http://127.0.0.1:1', authentication: {{type: accessKey, accessKeyId: a, secretAccessKeyFile: {fifo}}}}}"),
        ];
        stage.Kubernetes = $"kubeconfig: {fifo}";
        new PodLog(stage.Tree, "web").Write("a record");

        Agent agent = stage.Launch();
        Retry.Until("the record is stored", () => StoredRecords.Lines(stage.Objects).Count == 1, Agent.Patience);
        agent.AwaitSaid($"secretAccessKeyFile {fifo} cannot be read: it is a FIFO; name a regular file");
        agent.AwaitSaid($"kubernetes.kubeconfig {fifo} cannot be read: it is a FIFO; name a regular file");
        agent.Stop();

        var watch = Stopwatch.StartNew();
        var validated = CommandRun.Collector("validate", "--connect", "--config", stage.ConfigPath);
        Assert.Equal(1, validated.ExitCode);
        Assert.Contains($"outputs.other: s3://logs at http://127.0.0.1:1 as access key a (configured): access is refused: secretAccessKeyFile {fifo} cannot be read", validated.Output, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    /// <summary>S-13: by a collector that is not root.</summary>
    [Fact]
    public void A_file_that_may_not_be_read_is_read_when_it_may_be_and_told_about_once()
    {
        string log = Directory.CreateDirectory(stage.Sub("app")).FullName + "/a.log";
        File.WriteAllText(log, "secret for now\n");
        File.SetUnixFileMode(log, UnixFileMode.None);
        stage.Sources = [$"{{type: file, name: app, path: {log}}}"];
        RunAsNobody();
        Agent agent = stage.Start();
        Stopwatch watch = Stopwatch.StartNew();
        Retry.Until("it has looked a few times", () => watch.Elapsed > TimeSpan.FromSeconds(3), Agent.Patience);
        Assert.Equal(0, agent.Scrape().Sum("collector_records_read_total"));

        File.SetUnixFileMode(log, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        agent.AwaitUploaded(1);
        Assert.Equal(["secret for now"], StoredRecords.Texts(stage.Objects));
        Assert.Single(agent.Log, l => l.Level == "warn" && l.Message.Contains(log, StringComparison.Ordinal));
        agent.Stop();
    }

    // Root may read everything, so a root test gives itself up to nobody.
    private void RunAsNobody()
    {
        if (!Environment.IsPrivilegedProcess) return;
        stage.Launcher = ["/usr/bin/env", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        Directory.CreateDirectory(stage.DataDir);
        Assert.Equal(0, CommandRun.Of("chown", "-R", "65534", stage.DataDir, stage.Objects).ExitCode);
        File.SetUnixFileMode(stage.Root, File.GetUnixFileMode(stage.Root) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }
}
