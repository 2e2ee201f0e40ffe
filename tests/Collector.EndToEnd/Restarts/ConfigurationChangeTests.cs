using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Restarts;

/// <summary>S-110: the configuration changes over a restart.</summary>
public sealed class ConfigurationChangeTests : IDisposable
{
    private readonly Stage stage = new();
    private readonly PodLog log;

    public ConfigurationChangeTests() => log = new PodLog(stage.Tree);

    public void Dispose() => stage.Dispose();

    /// <summary>S-110: positions belong to the output's name, so the new one reads everything; what waits for the old one is named.</summary>
    [Fact]
    public void What_waits_for_an_output_that_was_renamed_is_named_with_the_two_ways_out()
    {
        LeaveWaiting("old", "one", "two");
        stage.Outputs = [new OutputYaml("new", stage.Sub("new"))];
        Directory.CreateDirectory(stage.Sub("new"));

        Agent agent = stage.Start();

        LogLine error = Assert.Single(agent.Log, l => l.Level == "error");
        Assert.Contains("2 records", error.Message, StringComparison.Ordinal);
        Assert.Contains("output old", error.Message, StringComparison.Ordinal);
        Assert.Contains("configure the output again", error.Message, StringComparison.Ordinal);
        Assert.Contains($"collector buffer drop --output old --data-dir {stage.DataDir}", error.Message, StringComparison.Ordinal);
        agent.AwaitMetric("collector_records_uploaded_total", v => v == 2, ("output", "new"));
        Assert.Equal(2, agent.Scrape().Sum("collector_buffer_records", ("output", "old")));
        agent.Stop();
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Sub("new")));
        Assert.Contains("output old: 2 records", BufferLs(), StringComparison.Ordinal);
    }

    [Fact]
    public void Once_says_what_waits_for_an_output_that_is_not_configured()
    {
        LeaveWaiting("old", "one", "two");
        stage.Outputs = [new OutputYaml("new", stage.Sub("new"))];
        Directory.CreateDirectory(stage.Sub("new"));

        Assert.Equal(0, stage.RunOnce(out Agent agent));

        Assert.Contains("; 2 records wait on disk for output old, which is not configured; everything was read and delivered", agent.Log[^1].Message, StringComparison.Ordinal);
    }

    /// <summary>S-110: the first way out.</summary>
    [Fact]
    public void An_output_that_is_configured_again_delivers_what_waited_and_goes_on_where_it_was()
    {
        LeaveWaiting("old", "one", "two");
        stage.Outputs = [new OutputYaml("new", stage.Sub("new"))];
        Directory.CreateDirectory(stage.Sub("new"));
        Agent between = stage.Start();
        log.Write("three");
        between.AwaitUploaded(3);
        between.Stop();

        stage.Outputs = [new OutputYaml("old", stage.Sub("old")), new OutputYaml("new", stage.Sub("new"))];
        Directory.CreateDirectory(stage.Sub("old"));
        Assert.Equal(0, stage.RunOnce());

        Assert.Equal(["one", "two", "three"], StoredRecords.Texts(stage.Sub("old")));
        Assert.Equal(["one", "two", "three"], StoredRecords.Texts(stage.Sub("new")));
    }

    /// <summary>S-110: the second way out.</summary>
    [Fact]
    public void Buffer_drop_prints_what_is_lost_and_an_output_that_comes_back_goes_on_behind_it()
    {
        LeaveWaiting("old", "one", "two");
        CommandRun drop = CommandRun.Collector("buffer", "drop", "--output", "old", "--data-dir", stage.DataDir, "--yes");
        Assert.Equal(0, drop.ExitCode);
        Assert.Matches(@"(?m)^lost: 2 records, \w+, persisted-logs/namespace-shop\.pod-cart\.cont-app/\d{13}-node1-\w+\.jsonl\.gz$", drop.Output);
        Assert.Matches(@"(?m)^output old: dropped 2 records in 1 file, \d+ bytes$", drop.Output);
        Assert.Contains("output old: 0 records", BufferLs(), StringComparison.Ordinal);

        stage.Outputs = [new OutputYaml("new", stage.Sub("new"))];
        Directory.CreateDirectory(stage.Sub("new"));
        Assert.Equal(0, stage.RunOnce(out Agent agent));
        Assert.DoesNotContain(agent.Log, l => l.Level is "error" or "warn");
        Assert.Equal(1, CommandRun.Collector("buffer", "drop", "--output", "old", "--data-dir", stage.DataDir, "--config", stage.ConfigPath).ExitCode);

        stage.Outputs = [new OutputYaml("old", stage.Sub("old"), Catalog: "enabled: true")];
        Directory.CreateDirectory(stage.Sub("old"));
        log.Write("three");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["three"], StoredRecords.Texts(stage.Sub("old")));
        CommandRun verify = CommandRun.Collector("verify", "--from", $"file://{stage.Sub("old")}");
        Assert.True(verify.ExitCode == 0, verify.Output);
        Assert.Contains("given_up", verify.Output, StringComparison.Ordinal);
    }

    /// <summary>Who mistypes a name, or forgets the configuration, would lose what is still delivered.</summary>
    [Fact]
    public void Buffer_drop_of_a_configured_output_wants_a_yes()
    {
        LeaveWaiting("old", "one", "two");
        string[] drop = ["buffer", "drop", "--output", "old", "--data-dir", stage.DataDir, "--config", stage.ConfigPath];

        CommandRun refused = CommandRun.Collector(drop);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"Output 'old' is configured in {stage.ConfigPath}", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("output old: 2 records", BufferLs(), StringComparison.Ordinal);
        Assert.Contains("dropped 2 records", CommandRun.Collector([.. drop, "--yes"]).Output, StringComparison.Ordinal);
    }

    /// <summary>A configuration that is not there does not say that the output is not configured.</summary>
    [Fact]
    public void Buffer_drop_without_a_configuration_wants_a_yes_and_says_why()
    {
        LeaveWaiting("old", "one", "two");
        Assert.False(File.Exists("/etc/collector/collector.yaml"));

        CommandRun refused = CommandRun.Collector("buffer", "drop", "--output", "old", "--data-dir", stage.DataDir);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("The configuration, which may have output 'old', cannot be used: /etc/collector/collector.yaml: cannot be read: the file does not exist", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("output old: 2 records", BufferLs(), StringComparison.Ordinal);
    }

    /// <summary>S-110: what waits is delivered as it was configured when it was opened.</summary>
    [Fact]
    public void Another_bucket_prefix_and_compression_count_for_what_comes_after()
    {
        LeaveWaiting("default", "one");
        stage.Outputs = [new OutputYaml(Path: stage.Sub("other"), More: "compression: none, keyPrefix: 'elsewhere/'")];
        Directory.CreateDirectory(stage.Sub("other"));
        log.Write("two");

        Agent agent = stage.Start();
        agent.AwaitUploaded(2);
        agent.Stop();

        Assert.Collection(
            StoredRecords.Keys(stage.Sub("other")),
            key => Assert.Matches(@"^elsewhere/.*\.jsonl$", key),
            key => Assert.Matches(@"^persisted-logs/.*\.jsonl\.gz$", key));
        Assert.Equal(["two", "one"], StoredRecords.Texts(stage.Sub("other")));
        Assert.Empty(StoredRecords.Keys(stage.Objects));
    }

    /// <summary>S-110: a chunk that was open when its configuration went is sealed as it was.</summary>
    [Fact]
    public void An_open_chunk_of_a_killed_life_is_sealed_as_it_was_configured()
    {
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h")];
        log.Write("one");
        Agent killed = stage.Start();
        killed.AwaitMetric("collector_buffer_records", v => v == 1, ("state", "open"));
        killed.Kill();
        stage.Outputs = [new OutputYaml(Batch: "maxAge: 1h", More: "compression: zstd")];
        log.Write("two");

        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        agent.Stop();

        Assert.Equal([".gz", ".zst"], StoredRecords.Keys(stage.Objects).Select(Path.GetExtension));
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>S-110: positions never belong to a source's name.</summary>
    [Fact]
    public void A_renamed_source_reads_nothing_twice()
    {
        log.Write("one");
        Assert.Equal(0, stage.RunOnce());
        stage.Sources = [stage.ContainersSource("name: pods")];
        log.Write("two");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Objects));
    }

    /// <summary>S-110: where <c>startAt</c> says.</summary>
    [Theory]
    [InlineData("beginning", "one", "two")]
    [InlineData("end", "two")]
    public void An_output_that_is_added_starts_where_startAt_says(string startAt, params string[] expected)
    {
        stage.Sources = [stage.ContainersSource($"startAt: {startAt}")];
        new PodLog(stage.Tree, "late", uid: "u-9"); // begins empty: all of it is new to every output
        stage.Start().Stop();
        log.Write("one");
        stage.Outputs = [new OutputYaml("default"), new OutputYaml("added", stage.Sub("added"))];
        Directory.CreateDirectory(stage.Sub("added"));
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_tail_files", v => v == 2); // what is there is what the first look sees
        log.Write("two");
        agent.AwaitMetric("collector_records_uploaded_total", v => v == expected.Length, ("output", "added"));
        agent.AwaitMetric("collector_records_uploaded_total", v => v == 2, ("output", "default"));
        MetricsScrape scrape = agent.Scrape();
        agent.Stop();
        Assert.Equal(["one", "two"], StoredRecords.Texts(stage.Objects));
        Assert.Equal(expected, StoredRecords.Texts(stage.Sub("added")));
        Assert.Equal(2, scrape.Sum("collector_records_read_total"));
    }

    // A life whose store is away: what it read stays in the data dir.
    private void LeaveWaiting(string output, params string[] texts)
    {
        stage.Outputs = [new OutputYaml(output, stage.Sub("away"))];
        log.Write(texts);
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == texts.Length);
        agent.Stop();
    }

    private string BufferLs()
    {
        CommandRun ls = CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir);
        Assert.Equal((0, ""), (ls.ExitCode, ls.Errors));
        return ls.Output;
    }
}
