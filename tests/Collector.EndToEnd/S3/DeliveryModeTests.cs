using System.Collections.Concurrent;
using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>What each <c>deliveryMode</c> does about an answer that does not come (contract §2).</summary>
public sealed class DeliveryModeTests : IClassFixture<S3Server>, IDisposable
{
    private readonly Stage stage = new();
    private readonly Bucket bucket;
    private readonly PodLog log;
    private readonly ConcurrentQueue<string> conditions = new();

    public DeliveryModeTests(S3Server server)
    {
        bucket = server.Open();
        bucket.Endpoint.Rules = (_, headers) =>
        {
            conditions.Enqueue(headers.GetValueOrDefault("if-none-match", "none"));
            return S3Fault.None;
        };
        log = new PodLog(stage.Tree);
    }

    public void Dispose()
    {
        stage.Dispose();
        bucket.Dispose();
    }

    [Theory]
    [InlineData("exactlyOnce", "*", "PreconditionFailed")]
    [InlineData("atLeastOnce", "none", "200")]
    public void A_lost_answer_is_asked_for_again(string mode, string condition, string answer)
    {
        bucket.Endpoint.Faults = S3FaultPlan.Script(S3Fault.LostResponse);
        Agent agent = Start(mode);
        log.Write("one");
        agent.AwaitUploaded(1);
        agent.Stop();

        Assert.Equal([condition, condition], conditions);
        Assert.Equal(1, bucket.Endpoint.Tally.Answers[answer]);
        Assert.Equal(["one"], bucket.Texts());
        bucket.AssertHonest();
    }

    [Fact]
    public void At_most_once_drops_what_its_one_attempt_did_not_store_and_counts_it()
    {
        bucket.Endpoint.Faults = S3FaultPlan.Script(S3Fault.InternalError);
        Agent agent = Start("atMostOnce");
        log.Write("one");
        agent.AwaitMetric("collector_records_dropped_total", v => v == 1, ("reason", "attempt_failed"));
        log.Write("two");
        agent.AwaitUploaded(1);
        agent.Stop();

        Assert.Equal(["*", "*"], conditions);
        Assert.Equal(["two"], bucket.Texts());
        bucket.AssertHonest();
    }

    /// <summary>The position is durable before the attempt: nothing is sent or read again, whatever became of it.</summary>
    [Fact]
    public void At_most_once_sends_nothing_again_after_a_crash_in_its_one_attempt()
    {
        bucket.Endpoint.Faults = S3FaultPlan.Script(S3Fault.HangAfterBody);
        Agent killed = Start("atMostOnce");
        log.Write("one");
        Retry.Until("the attempt is under way", () => bucket.Endpoint.Tally.Injected.ContainsKey(S3Fault.HangAfterBody), Agent.Patience);
        killed.Kill();

        Agent agent = Start("atMostOnce");
        log.Write("two");
        agent.AwaitUploaded(1);
        MetricsScrape scrape = agent.Scrape();
        agent.Stop();

        Assert.Equal(["two"], bucket.Texts());
        Assert.Equal((1, 2), (scrape.Sum("collector_records_read_total"), bucket.Endpoint.Tally.Requests));
    }

    private Agent Start(string mode)
    {
        stage.Outputs = [bucket.Output($"deliveryMode: {mode}")];
        return stage.Start();
    }
}
