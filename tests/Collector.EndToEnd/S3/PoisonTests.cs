using Collector.EndToEnd.Harness;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>Objects that a store will not take (I5).</summary>
public sealed class PoisonTests : IClassFixture<S3Server>, IDisposable
{
    private readonly Stage stage = new();
    private readonly Bucket bucket;
    private readonly PodLog good, bad;

    public PoisonTests(S3Server server)
    {
        bucket = server.Open();
        stage.Outputs = [bucket.Output()];
        good = new PodLog(stage.Tree, "good", uid: "u1", id: new string('1', 64));
        bad = new PodLog(stage.Tree, "bad", uid: "u2", id: new string('2', 64));
    }

    public void Dispose()
    {
        stage.Dispose();
        bucket.Dispose();
    }

    /// <summary>S-95, S-114: put aside, and the others go on.</summary>
    [Fact]
    public void An_object_that_is_rejected_while_others_are_stored_is_quarantined()
    {
        RejectBad();
        bad.Write("poison 1", "poison 2");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 2, ("result", "rejected"));
        Assert.Equal(0, agent.Scrape().Sum("collector_buffer_records", ("state", "quarantined")));

        int written = WriteUntil(agent, () => agent.Scrape().Sum("collector_buffer_records", ("state", "quarantined")) == 2);

        agent.AwaitUploaded(written);
        Assert.Contains(agent.Log, l => l.Level == "error" && l.Message.Contains("is quarantined, because the store rejects it while it accepts others: 400 InvalidRequest", StringComparison.Ordinal));
        agent.Stop();
        Assert.Equal(Enumerable.Range(0, written).Select(i => $"line {i}"), bucket.Texts());
        Assert.Contains("2 records", CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).Output, StringComparison.Ordinal);

        Agent next = stage.Start();
        Assert.Equal(2, next.Scrape().Sum("collector_buffer_records", ("state", "quarantined")));
        Assert.Equal(0, next.Scrape().Sum("collector_records_dropped_total"));
        next.Stop();
        bucket.AssertHonest();
    }

    /// <summary>S-95: the quarantine has a cap; what is beyond it is dropped, and counted.</summary>
    [Fact]
    public void A_full_quarantine_drops_its_oldest_counted()
    {
        const int Lines = 200; // about 60 kB of them
        stage.Buffer += ", quarantineMaxSize: 100kB";
        stage.Outputs = [bucket.Output("compression: none")];
        RejectBad();
        Agent agent = stage.Start();
        int written = 0;
        for (int poison = 1; poison <= 2; poison++)
        {
            bad.WriteMany(Lines);
            written = WriteUntil(agent, () => agent.Scrape().Sum("collector_upload_attempts_total", ("result", "rejected")) >= 2 && Aside(agent) == poison * Lines, written);
        }

        Assert.Equal(Lines, agent.Scrape().Sum("collector_records_dropped_total", ("reason", "quarantine_full")));
        Assert.Equal(Lines, agent.Scrape().Sum("collector_buffer_records", ("state", "quarantined")));
        agent.AwaitUploaded(written);
        agent.Stop();
    }

    /// <summary>S-114: nothing is known about any of them, so all of them wait.</summary>
    [Fact]
    public void When_everything_is_rejected_nothing_is_quarantined()
    {
        bucket.Endpoint.Rules = (_, _) => S3Fault.Rejected;
        good.Write("one");
        bad.Write("two");
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 12, ("result", "rejected"));
        Assert.Equal(2, agent.Scrape().Sum("collector_buffer_records", ("state", "sealed")));
        Assert.Equal(200, agent.Get("/healthz").Status);

        bucket.Endpoint.Rules = (_, _) => S3Fault.None;

        agent.AwaitUploaded(2);
        agent.Stop();
        Assert.Equal(["one", "two"], bucket.Texts().Order(StringComparer.Ordinal));
        Assert.Equal(0, CommandRun.Collector("buffer", "ls", "--data-dir", stage.DataDir).ExitCode);
    }

    private static double Aside(Agent agent) =>
        agent.Scrape().Sum("collector_buffer_records", ("state", "quarantined")) + agent.Scrape().Sum("collector_records_dropped_total");

    private void RejectBad() =>
        bucket.Endpoint.Rules = (path, _) => path.Contains("pod-bad", StringComparison.Ordinal) ? S3Fault.Rejected : S3Fault.None;

    // Others have to be stored for an object to be poison by comparison. Returns how many lines were written in all.
    private int WriteUntil(Agent agent, Func<bool> isSo, int written = 0)
    {
        for (; !isSo(); written++)
        {
            Assert.True(written < 60, "it is never so");
            good.Write($"line {written}");
            agent.AwaitUploaded(written + 1);
        }

        return written;
    }
}
