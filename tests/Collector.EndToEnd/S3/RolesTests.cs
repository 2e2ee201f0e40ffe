using Collector.EndToEnd.Harness;
using Collector.Testing.Aws;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>
/// One process with two roles of AWS, whose keys a strict STS gives: that of the pod's service account (IRSA) for one bucket, and
/// one of another account, assumed with keys of its own, for the other. Each bucket knows the keys of its own role alone.
/// </summary>
public sealed class RolesTests : IClassFixture<S3Server>, IAsyncDisposable
{
    private const string Expiry = "collector_credential_expiry_timestamp_seconds";
    private const string User = "AKIAUSER";
    private const string UserSecret = "secret-of-the-user";
    private const int LittleBytes = 2_000;

    private readonly Stage stage = new();
    private readonly ClusterIssuer cluster = new();
    private readonly Bucket own, archive;
    private readonly FakeSts sts;
    private readonly ScriptedServer stsServer;
    private readonly NodeSimulator node;
    private readonly string token;

    public RolesTests(S3Server server)
    {
        (own, archive) = (server.Open(), server.Open());
        token = stage.Sub("token");
        var known = own.Endpoint.Keys;
        known.Add(User, UserSecret);
        sts = new FakeSts(cluster, known, TimeProvider.System) { KnownOfSecondRole = archive.Endpoint.Keys };
        stsServer = ScriptedServer.Start(sts.Serve);
        stage.Launcher = ["/usr/bin/env", $"AWS_ENDPOINT_URL_STS={stsServer.Endpoint}", "AWS_REGION=eu-west-1"];
        stage.Outputs =
        [
            own.Output(name: "own", authentication: $"type: webIdentity, roleArn: '{FakeSts.PodRole}', tokenFile: {token}, sessionName: node-1"),
            archive.Output(name: "archive", authentication: $"type: accessKey, accessKeyId: {User}, secretAccessKey: {UserSecret}, assumeRole: {{roleArn: '{FakeSts.SecondRole}', externalId: {FakeSts.ExternalId}}}"),
        ];
        Project(FakeSts.Subject);
        node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 3, Containers = 6, CutRecords = false });
        Write();
    }

    public async ValueTask DisposeAsync()
    {
        stage.Dispose();
        node.Dispose();
        own.Dispose();
        archive.Dispose();
        await stsServer.DisposeAsync();
        cluster.Dispose();
    }

    [Fact]
    public void Each_writes_as_its_own_role_and_says_so()
    {
        Agent agent = stage.Start();
        agent.AwaitUploaded(2 * node.Ledger.Records);

        AssertEnd(agent, "own", FakeSts.Life);
        AssertEnd(agent, "archive", FakeSts.Life);
        agent.AwaitSaid("as web identity arn:aws:iam::123456789012:role/pod: arn:aws:sts::123456789012:assumed-role/pod/node-1 (access key ASIA");
        agent.AwaitSaid("as role arn:aws:iam::210987654321:role/archive: arn:aws:sts::210987654321:assumed-role/archive/");
        Assert.DoesNotContain(UserSecret, agent.Errors, StringComparison.Ordinal);
        AssertBothDelivered(agent);
    }

    /// <summary>The token is of a service account that the role does not trust.</summary>
    [Fact]
    public void A_role_that_trusts_another_pod_waits_alone()
    {
        Project("system:serviceaccount:other:other");
        Agent agent = stage.Start();
        AssertOnlyOneDelivers(agent, "archive", "own");
        agent.AwaitSaid($"sts:AssumeRoleWithWebIdentity of {FakeSts.PodRole} was refused: AccessDenied");

        Project(FakeSts.Subject);

        AssertBothDelivered(agent);
    }

    [Fact]
    public void A_second_role_that_trusts_nobody_waits_alone()
    {
        sts.IsSecondRoleTrusting = false;
        Agent agent = stage.Start();
        AssertOnlyOneDelivers(agent, "own", "archive");
        agent.AwaitSaid($"sts:AssumeRole of {FakeSts.SecondRole} was refused: AccessDenied");

        sts.IsSecondRoleTrusting = true;

        AssertBothDelivered(agent);
    }

    /// <summary>Contract §5: neither a store nor an identity that is away makes the pod unready or unhealthy; nothing is dropped.</summary>
    [Fact]
    public void When_both_fail_the_agent_is_ready_and_keeps_everything()
    {
        File.Delete(token);
        sts.IsSecondRoleTrusting = false;
        Agent agent = stage.Start();
        foreach (string output in (string[])["own", "archive"])
        {
            agent.AwaitMetric("collector_upload_attempts_total", v => v > 1, ("output", output), ("result", "unauthorized"));
            agent.AwaitMetric("collector_buffer_records", v => v == node.Ledger.Records, ("output", output));
        }

        MetricsScrape scrape = agent.Scrape();
        Assert.Equal((0, 0, 0), (scrape.Sum("collector_records_dropped_total"), scrape.Sum("collector_records_uploaded_total"), scrape.Sum("collector_buffer_full")));
        Assert.Equal(0, scrape.Sum(Expiry)); // nobody has any
        Assert.Equal((200, 200), (agent.Get("/readyz").Status, agent.Get("/healthz").Status));
        agent.AwaitSaid($"output own cannot write to its store yet; records wait on disk and nothing is dropped: tokenFile {token} cannot be read");
        agent.AwaitSaid("output archive cannot write to its store yet");

        Project(FakeSts.Subject);
        sts.IsSecondRoleTrusting = true;

        AssertBothDelivered(agent);
    }

    /// <summary>Keys of twenty seconds are fetched again before their end, with the token that is in the file then: the first one has ended.</summary>
    [Fact]
    public void Keys_are_renewed_before_their_end_and_the_metric_moves_on()
    {
        sts.KeysLast = TimeSpan.FromSeconds(20);
        Project(FakeSts.Subject, TimeSpan.FromSeconds(12));
        Agent agent = stage.Start();
        agent.AwaitUploaded(2 * node.Ledger.Records);
        double first = Math.Max(AssertEnd(agent, "own", sts.KeysLast), AssertEnd(agent, "archive", sts.KeysLast));
        Project(FakeSts.Subject);

        bool IsLater(double end)
        {
            Write(LittleBytes); // keys are renewed by whoever needs them
            return end > first;
        }

        agent.AwaitMetric(Expiry, IsLater, ("output", "own"));
        agent.AwaitMetric(Expiry, IsLater, ("output", "archive"));

        AssertBothDelivered(agent);
        Assert.True(sts.Given >= 4);
        Assert.Equal((0, 0), (own.Endpoint.Tally.Answers.GetValueOrDefault("ExpiredToken"), archive.Endpoint.Tally.Answers.GetValueOrDefault("ExpiredToken")));
    }

    /// <summary>Seconds since 1970.</summary>
    private static double AssertEnd(Agent agent, string output, TimeSpan life)
    {
        double end = agent.Scrape().Sum(Expiry, ("output", output));
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds((long)end), DateTimeOffset.UtcNow - life, DateTimeOffset.UtcNow + life);
        return end;
    }

    // Also what is written while the other waits.
    private void AssertOnlyOneDelivers(Agent agent, string one, string other)
    {
        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", one));
        Write();
        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", one));
        agent.AwaitMetric("collector_upload_attempts_total", v => v > 1, ("output", other), ("result", "unauthorized"));
        agent.AwaitMetric("collector_buffer_records", v => v == node.Ledger.Records, ("output", other));
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal((0, 0), (scrape.Sum("collector_records_uploaded_total", ("output", other)), scrape.Sum("collector_records_dropped_total")));
        Assert.Equal(0, scrape.Sum("collector_upload_attempts_total", ("output", one), ("result", "unauthorized")));
        Assert.Equal(0, scrape.Sum(Expiry, ("output", other)));
    }

    private void AssertBothDelivered(Agent agent)
    {
        agent.AwaitUploaded(2 * node.Ledger.Records);
        agent.Stop();
        own.AssertHolds(node.Ledger);
        archive.AssertHolds(node.Ledger);
    }

    /// <summary>What kubelet does.</summary>
    private void Project(string subject, TimeSpan? life = null) => File.WriteAllText(token, cluster.TokenFor(subject, FakeSts.Audience, DateTimeOffset.UtcNow, life));

    private void Write(int bytes = 200_000)
    {
        node.Write(bytes);
        node.Finish();
    }
}
