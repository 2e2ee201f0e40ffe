using System.Diagnostics;
using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Telemetry;

/// <summary>S-148: an output that takes nothing says so once, with figures, wherever somebody may look. What is asked of a stop and of <c>--once</c>.</summary>
public sealed class SaidAloudTests : IDisposable
{
    private const string NoRoom = "minFreeDisk: 99%";

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Too_little_free_disk_is_said_everywhere_with_figures()
    {
        stage.Buffer = NoRoom;
        new PodLog(stage.Tree).Write("waits");
        Agent agent = stage.Launch();
        agent.AwaitSaid("output default takes no more records");

        LogLine said = Assert.Single(agent.Log, l => l.Message.Contains("minFreeDisk", StringComparison.Ordinal));
        Assert.Equal("warn", said.Level);
        Assert.Matches(@"has [0-9.]+ [kMGT]B of [0-9.]+ [kMGT]B free \([0-9.]+ %\), and buffer\.minFreeDisk is 99 % \([0-9.]+ [kMGT]B\)", said.Message);
        (int status, string body) = agent.Get("/readyz");
        Assert.Equal(503, status);
        Assert.Matches(@"^output default does not take records: .* free .*minFreeDisk", body);
        Assert.Equal(200, agent.Get("/healthz").Status);
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal((1, 1), (scrape.Sum("collector_buffer_full", ("output", "default"), ("reason", "min_free_disk")), scrape.Sum("collector_buffer_full")));
        Assert.True(scrape.Sum("collector_disk_free_bytes") > 0 && scrape.Sum("collector_buffer_limit_bytes") > 0);
        Assert.Contains(" free (", CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).Output, StringComparison.Ordinal);
        CommandRun validate = CommandRun.Collector("validate", "--connect", "--config", stage.ConfigPath);
        Assert.Equal(1, validate.ExitCode);
        Assert.Contains("no output would take records", validate.Output, StringComparison.Ordinal);
        agent.Stop();
    }

    [Fact]
    public void A_full_buffer_is_said_with_figures_and_so_is_its_end()
    {
        Directory.Delete(stage.Objects);
        stage.Sources = [stage.ContainersSource("maxRecordSize: 50kB")];
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 200ms, maxSize: 1400kB", More: "compression: none, buffer: {maxSize: 3MB}")];
        PodLog log = new PodLog(stage.Tree).WriteMany(30_000, 100);
        Agent agent = stage.Launch();
        agent.AwaitSaid("output default takes no more records: its buffer holds ");
        Assert.Single(agent.Log, l => l.Message.Contains("and buffer.maxSize is 3 MB", StringComparison.Ordinal));
        Assert.Equal(503, agent.Get("/readyz").Status);

        Directory.CreateDirectory(stage.Objects);

        agent.AwaitUploaded(30_000);
        agent.AwaitSaid("output default takes records again");
        agent.AwaitReady();
        agent.Stop();
    }

    [Fact]
    public void Once_ends_with_totals_and_says_what_is_left_and_why()
    {
        new PodLog(stage.Tree).WriteMany(100);
        Assert.Equal(0, stage.RunOnce(out Agent all));
        Assert.Matches(@"once: 1 file with 100 records \([0-9.]+ kB\) were read; 100 records in 1 object \([0-9.]+ \w+\) were stored; everything was read and delivered", all.Log[^1].Message);

        (stage.Buffer, stage.Grace) = (NoRoom, "2s");
        new PodLog(stage.Tree, "web").Write("left");
        Assert.Equal(1, stage.RunOnce(out Agent none));
        Assert.Equal("error", none.Log[^1].Level);
        Assert.Matches("output default does not take records: .*minFreeDisk.*; [0-9]+ bytes in 1 files were seen but not read", none.Log[^1].Message);
    }

    [Fact]
    public void Once_never_says_that_everything_was_read_while_a_last_line_waits_for_its_end()
    {
        string app = Directory.CreateDirectory(stage.Sub("app")).FullName;
        File.WriteAllText(Path.Combine(app, "a.log"), "x\nunterminated");
        File.WriteAllText(Path.Combine(app, "b.log"), "y\n");
        stage.Sources = [$"{{type: file, name: app, path: '{app}/*.log', flushPartialAfter: 1h}}"];

        Assert.Equal(0, stage.RunOnce(out Agent agent));

        Assert.EndsWith("; 12 bytes of an unterminated last line in 1 files wait for their end, and the next run looks again; everything else was read and delivered", agent.Log[^1].Message, StringComparison.Ordinal);
        Assert.Equal(["x", "y"], StoredRecords.Texts(stage.Objects).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_last_line_says_what_a_full_output_has_left_unread()
    {
        (stage.Buffer, stage.Grace) = (NoRoom, "2s");
        new PodLog(stage.Tree, "web").Write("left");
        Agent agent = stage.Launch();
        agent.AwaitSaid("output default takes no more records");
        agent.Stop();

        Assert.Matches(@"^stopped; 0 objects are left on disk for the next start; [0-9]+ bytes in 1 files are unread, and the next start reads them$", agent.Log[^1].Message);
    }

    [Theory]
    [InlineData("containers")]
    [InlineData("pods/*")]
    [InlineData("pods/*/app")]
    [InlineData("files")]
    [InlineData("files/deep")]
    public void A_directory_that_may_not_be_read_is_named_and_once_is_1(string hidden)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Becoming another user takes root.");
        var log = new PodLog(stage.Tree).Write("a");
        Directory.CreateDirectory(stage.Sub("files/deep"));
        File.WriteAllText(stage.Sub("files/deep/x.log"), "b\n");
        stage.Sources = [stage.ContainersSource(), $"{{type: file, name: files, path: '{stage.Sub("files")}/**/*.log'}}"];
        string app = Path.GetDirectoryName(log.FilePath)!;
        string path = hidden switch
        {
            "containers" => stage.Tree.Containers,
            "pods/*" => Path.GetDirectoryName(app)!,
            "pods/*/app" => app,
            _ => stage.Sub(hidden),
        };
        stage.Launcher = ["/usr/bin/env", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        Directory.CreateDirectory(stage.DataDir);
        Assert.Equal(0, CommandRun.Of("chown", "-R", "65534", stage.DataDir, stage.Objects).ExitCode);
        File.SetUnixFileMode(stage.Root, File.GetUnixFileMode(stage.Root) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        File.SetUnixFileMode(path, UnixFileMode.None);

        Assert.Equal(1, stage.RunOnce(out Agent agent));

        Assert.Contains(agent.Log, l => l.Level == "warn" && l.Message.Contains(hidden == "pods/*" ? app : path, StringComparison.Ordinal) && l.Message.Contains("Permission denied", StringComparison.Ordinal));
        Assert.Contains("1 files or directories could not be read", agent.Log[^1].Message, StringComparison.Ordinal);
    }

    /// <summary>What keeps coming is no reason to use up the grace, and whoever waits is told what for.</summary>
    [Fact]
    public void With_live_writers_a_stop_takes_half_of_the_grace_and_says_so()
    {
        stage.Grace = "20s";
        PodLog log = new PodLog(stage.Tree).Write("first");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        Stopwatch watch = Stopwatch.StartNew();
        agent.Terminate();
        int written = 1;
        for (; !agent.HasExited && watch.Elapsed < Agent.Patience; written++)
        {
            log.Write($"live {written}");
            Thread.Sleep(20);
        }

        Assert.Equal(0, agent.WaitForExit());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        Assert.True(agent.HasSaid("shutting down: ") && agent.HasSaid("files are still being written; they are read until 10 s after the signal"));
        stage.Start().Stop();
        Assert.Equal(written, StoredRecords.Lines(stage.Objects).Count);
    }

    [Fact]
    public void Sealing_and_storing_have_a_line_an_object_at_debug()
    {
        new PodLog(stage.Tree).Write("a line");
        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        string key = Assert.Single(StoredRecords.Keys(stage.Objects));
        agent.AwaitSaid($"stored {key}, 1 records");
        Assert.Contains(agent.Log, l => l.Level == "debug" && l.Message.Contains($"sealed {key}, 1 records", StringComparison.Ordinal) && l.Message.Contains("because of: Age", StringComparison.Ordinal));
        agent.Stop();
    }

    /// <summary>S-150: nobody reads the log, and its pipe is full from the beginning.</summary>
    [Fact]
    public void A_full_pipe_on_standard_error_hangs_neither_the_start_nor_collection_nor_the_stop()
    {
        string pipe = stage.Sub("pipe");
        Assert.Equal(0, CommandRun.Of("mkfifo", pipe).ExitCode);
        using FileStream full = new(pipe, FileMode.Open, FileAccess.ReadWrite);
        full.Write(new byte[64 * 1024]);
        full.Flush();
        stage.Launcher = ["/bin/bash", "-c", $"exec \"$@\" 2>'{pipe}'", "bash"];
        PodLog log = new PodLog(stage.Tree).Write("one");

        Agent agent = stage.Launch();
        Retry.Until("what was there is stored", () => StoredRecords.Lines(stage.Objects).Count == 1, Agent.Patience);
        log.WriteMany(100);
        Retry.Until("what came is stored", () => StoredRecords.Lines(stage.Objects).Count == 101, Agent.Patience);
        agent.Stop();
    }

    [Fact]
    public void SIGHUP_is_ignored_and_told()
    {
        Agent agent = stage.Start();
        Assert.Equal(0, CommandRun.Of("kill", "-HUP", agent.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)).ExitCode);
        agent.AwaitSaid("SIGHUP is ignored");
        Assert.Equal(200, agent.Get("/healthz").Status);
        agent.Stop();
    }
}
