using System.Collections.Concurrent;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>An S3 endpoint that fails in its ways, and gets every record once all the same.</summary>
public sealed class S3FaultTests : IClassFixture<S3Server>, IDisposable
{
    private readonly Stage stage = new();
    private readonly Bucket bucket;
    private readonly NodeSimulator node;

    public S3FaultTests(S3Server server)
    {
        bucket = server.Open();
        stage.Outputs = [bucket.Output()];
        node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 4, Containers = 8, CutRecords = false });
        node.Write(400_000);
        node.Finish();
    }

    public void Dispose()
    {
        stage.Dispose();
        node.Dispose();
        bucket.Dispose();
    }

    /// <summary>S-80: a window in which the identity is good for nothing.</summary>
    [Theory]
    [InlineData(S3Fault.ExpiredToken)]
    [InlineData(S3Fault.AccessDenied)]
    public void Refused_credentials_hold_everything_up_and_drop_nothing(S3Fault fault)
    {
        var asked = new ConcurrentQueue<string>();
        S3Fault answer = fault;
        bucket.Endpoint.Rules = (path, _) =>
        {
            asked.Enqueue(path);
            return answer;
        };
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 6, ("result", "unauthorized"));
        Assert.Equal(0, agent.Scrape().Sum("collector_records_dropped_total"));
        Assert.Equal(200, agent.Get("/healthz").Status);
        HashSet<string> refused = [.. asked];

        answer = S3Fault.None;

        AssertDelivered(agent);
        Assert.Subset(bucket.Keys.Select(key => $"/{bucket.Name}/{key}").ToHashSet(StringComparer.Ordinal), refused);
    }

    /// <summary>S-141, S-144: a portal, an ingress, a firewall or a proxy answers for a while.</summary>
    [Theory]
    [InlineData(S3Fault.Page)]
    [InlineData(S3Fault.EmptySuccess)]
    [InlineData(S3Fault.StrangePrecondition)]
    [InlineData(S3Fault.TooLarge)]
    public void What_somebody_else_answers_holds_everything_up_and_drops_nothing(S3Fault fault)
    {
        bucket.Endpoint.Faults = S3FaultPlan.Always(fault);
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 4, ("result", "unavailable"));
        Assert.Empty(bucket.Keys);
        Assert.Equal(0, agent.Scrape().Sum("collector_records_dropped_total"));
        Assert.Equal(0, agent.Scrape().Sum("collector_records_uploaded_total"));
        Assert.Equal(1, CommandRun.Collector("validate", "--config", stage.ConfigPath, "--connect").ExitCode);

        bucket.Endpoint.Faults = S3FaultPlan.None;

        AssertDelivered(agent);
    }

    /// <summary>S-142: a balancer sends each request twice, and we may look whose object it is.</summary>
    [Fact]
    public void Requests_that_a_balancer_repeats_are_stored_once()
    {
        bucket.Endpoint.MayLook = true;
        bucket.Endpoint.Faults = S3FaultPlan.Always(S3Fault.Repeated);

        Agent agent = stage.Start();
        agent.AwaitUploaded(node.Ledger.Records);
        Assert.Equal(0, agent.Scrape().Sum("collector_objects_maybe_twice_total"));

        AssertDelivered(agent);
    }

    /// <summary>S-80: the session ends, and its successor is in the files already.</summary>
    [Fact]
    public void Keys_in_files_that_have_ended_are_followed_by_the_next_ones()
    {
        string secret = stage.Sub("secret"), token = stage.Sub("session");
        File.WriteAllText(secret, "first");
        File.WriteAllText(token, "ended");
        bucket.Endpoint.Keys.Add("ASIATEMPORARY", "first", "ended", DateTimeOffset.UtcNow.AddMinutes(-1));
        stage.Outputs = [bucket.Output(authentication: $"type: accessKey, accessKeyId: ASIATEMPORARY, secretAccessKeyFile: {secret}, sessionTokenFile: {token}")];
        Agent agent = stage.Start();
        agent.AwaitMetric("collector_upload_attempts_total", v => v >= 2, ("result", "unauthorized"));
        agent.AwaitSaid("the credentials have expired");

        bucket.Endpoint.Keys.Add("ASIATEMPORARY", "second", "good", DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(secret, "second");
        File.WriteAllText(token, "good");

        AssertDelivered(agent);
    }

    /// <summary>S-81: after two waves of SlowDown one request at a time is left; once it is served there are more again.</summary>
    [Fact]
    public void Throttling_leaves_fewer_requests_at_once_until_they_are_served_again()
    {
        const int Refused = 6; // more than the first wave can have, so that the second is refused, too
        var inFlight = new ConcurrentQueue<long>();
        int asked = 0;
        bucket.Endpoint.Faults = new S3FaultPlan(() =>
        {
            if (Interlocked.Increment(ref asked) <= Refused) return S3Fault.SlowDown;
            inFlight.Enqueue(bucket.Endpoint.Tally.InFlight);
            return inFlight.Any(n => n > 1) ? S3Fault.None : S3Fault.Slow;
        });
        Agent agent = stage.Start();

        AssertDelivered(agent);

        Assert.Equal(1, inFlight.First());
        Assert.Contains(inFlight, n => n > 1);
        Assert.Equal(Refused, bucket.Endpoint.Tally.Answers["SlowDown"]);
    }

    /// <summary>S-82: what S3 stored without a word is done, and not stored again under another key.</summary>
    [Fact]
    public void Lost_responses_make_no_second_object()
    {
        const int Lost = 5;
        bucket.Endpoint.Faults = S3FaultPlan.Script([.. Enumerable.Repeat(S3Fault.LostResponse, Lost)]);
        Agent agent = stage.Start();

        OracleReport report = AssertDelivered(agent);

        Assert.Equal(Lost, bucket.Endpoint.Tally.Injected[S3Fault.LostResponse]);
        Assert.InRange(bucket.Endpoint.Tally.Answers["PreconditionFailed"], 1, Lost);
        Assert.Equal(report.Objects, bucket.Endpoint.Tally.Stored + bucket.Endpoint.Tally.Answers["PreconditionFailed"]);
    }

    /// <summary>S-83: before the body, and after it.</summary>
    [Fact]
    public void An_upload_that_hangs_is_ended_and_tried_again()
    {
        bucket.Endpoint.Faults = S3FaultPlan.Script(S3Fault.Hang, S3Fault.HangAfterBody);
        stage.Outputs = [bucket.Output(retry: "minBackoff: 50ms, maxBackoff: 500ms, attemptTimeout: 1s")];
        Agent agent = stage.Start();

        AssertDelivered(agent);

        Assert.Equal((1, 1), (bucket.Endpoint.Tally.Injected[S3Fault.Hang], bucket.Endpoint.Tally.Injected[S3Fault.HangAfterBody]));
        Assert.Contains(agent.Log, l => l.Message.Contains("attemptTimeout", StringComparison.Ordinal));
    }

    /// <summary>S-93: the node's clock is an hour wrong, which S3 does not accept.</summary>
    [Theory]
    [InlineData("+3600s")]
    [InlineData("-3600s")]
    public void A_clock_that_is_wrong_is_corrected_by_the_stores(string offset)
    {
        FakeClock.OrSkip(stage).Set(offset);
        Agent agent = stage.Start();

        AssertDelivered(agent);

        Assert.InRange(bucket.Endpoint.Tally.Answers["RequestTimeTooSkewed"], 1, Math.Min(4, bucket.Keys.Count)); // the first, and those beside it
        Assert.Equal(bucket.Keys.Count, bucket.Endpoint.Tally.Stored);
    }

    /// <summary>S-94: killed while an upload is under way.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public void What_a_killed_life_was_sending_is_decoded_by_the_stock_program(string compression)
    {
        bucket.Endpoint.Faults = S3FaultPlan.Script(S3Fault.Hang, S3Fault.LostResponse, S3Fault.HangAfterBody, S3Fault.Hang);
        stage.Outputs = [bucket.Output($"compression: {compression}")];
        Agent killed = stage.Start();
        killed.AwaitMetric("collector_buffer_records", v => v == node.Ledger.Records);
        Retry.Until("uploads hang", () => bucket.Endpoint.Tally.Injected.ContainsKey(S3Fault.HangAfterBody), Agent.Patience);
        killed.Kill();
        bucket.Endpoint.Faults = S3FaultPlan.None;

        Agent agent = stage.Start();
        agent.AwaitMetric("collector_buffer_records", v => v == 0);
        agent.Stop();

        OracleReport report = bucket.AssertHolds(node.Ledger);
        int lines = 0;
        foreach (string key in bucket.Keys)
        {
            string copy = stage.Sub(Path.GetFileName(key));
            File.Copy(bucket.PathOf(key), copy);
            CommandRun run = CommandRun.Of(compression, "-dc", copy);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            lines += run.Output.Count(c => c == '\n');
        }

        Assert.Equal(report.RecordsWritten, lines);
    }

    private OracleReport AssertDelivered(Agent agent)
    {
        agent.AwaitUploaded(node.Ledger.Records);
        agent.Stop();
        return bucket.AssertHolds(node.Ledger);
    }
}
