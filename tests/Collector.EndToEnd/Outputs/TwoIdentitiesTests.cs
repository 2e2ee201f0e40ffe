using Collector.EndToEnd.Harness;
using Collector.Testing.Gcs;
using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>
/// One process with two identities: keys in files for a bucket of S3, and a federated one for a bucket of Cloud Storage. What
/// is wrong with one is no matter of the other's.
/// </summary>
public sealed class TwoIdentitiesTests : IClassFixture<S3Server>, IAsyncDisposable
{
    private const string Expiry = "collector_credential_expiry_timestamp_seconds";

    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(1);

    private readonly Stage stage = new();
    private readonly Bucket bucket;
    private readonly ClusterIssuer cluster = new();
    private readonly GoogleTokenServer google;
    private readonly GcsServer gcs;
    private readonly NodeSimulator node;
    private readonly string token;
    private readonly string secret;

    public TwoIdentitiesTests(S3Server server)
    {
        bucket = server.Open();
        google = new GoogleTokenServer(cluster);
        gcs = new GcsServer { IsToken = google.Issued.Contains };
        (token, secret) = (stage.Sub("token"), stage.Sub("secret"));
        string credentials = stage.Sub("credentials.json");
        File.WriteAllText(credentials, google.ExternalAccountFile(token, impersonate: true).ToJsonString());
        stage.Outputs =
        [
            bucket.Output(name: "amazon", authentication: $"type: accessKey, accessKeyId: {S3Rver.AccessKey}, secretAccessKeyFile: {secret}"),
            new OutputYaml("google", Store: $"{{type: gcs, bucket: {GcsBucket.Name}, endpoint: '{gcs.Url}', authentication: {{type: externalAccount, credentialsFile: {credentials}}}}}"),
        ];
        GiveBoth();
        node = new NodeSimulator(stage.Tree.Root, new NodeOptions { Pods = 3, Containers = 6, CutRecords = false });
        Write();
    }

    public async ValueTask DisposeAsync()
    {
        stage.Dispose();
        node.Dispose();
        bucket.Dispose();
        await gcs.DisposeAsync();
        await google.DisposeAsync();
        cluster.Dispose();
    }

    [Fact]
    public void A_federated_identity_that_is_refused_waits_alone()
    {
        File.WriteAllText(token, cluster.TokenFor("system:serviceaccount:other:other", $"https:{GoogleTokenServer.Audience}", DateTimeOffset.UtcNow));
        Agent agent = stage.Start();
        AssertOnlyOneDelivers(agent, "amazon", "google");
        agent.AwaitSaid("The given credential is rejected by the attribute condition.");
        Assert.Equal(0, agent.Scrape().Sum(Expiry, ("output", "google")));

        GiveBoth();

        AssertBothDelivered(agent);
    }

    [Fact]
    public void A_key_that_is_refused_waits_alone()
    {
        File.WriteAllText(secret, "not the secret");
        Agent agent = stage.Start();
        AssertOnlyOneDelivers(agent, "google", "amazon");
        agent.AwaitSaid("the secret access key is wrong");

        GiveBoth();

        AssertBothDelivered(agent);
    }

    // Also what is written while the other waits.
    private void AssertOnlyOneDelivers(Agent agent, string one, string other)
    {
        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", one));
        Write();
        agent.AwaitMetric("collector_records_uploaded_total", v => v == node.Ledger.Records, ("output", one));
        agent.AwaitMetric("collector_upload_attempts_total", v => v > 1, ("output", other), ("result", "unauthorized"));
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal((0, 0), (scrape.Sum("collector_records_uploaded_total", ("output", other)), scrape.Sum("collector_records_dropped_total")));
        Assert.Equal(0, scrape.Sum("collector_upload_attempts_total", ("output", one), ("result", "unauthorized")));
        agent.AwaitMetric("collector_buffer_records", v => v == node.Ledger.Records, ("output", other));
    }

    private void AssertBothDelivered(Agent agent)
    {
        agent.AwaitUploaded(2 * node.Ledger.Records);
        MetricsScrape scrape = agent.Scrape();
        agent.Stop();

        DateTimeOffset ends = DateTimeOffset.FromUnixTimeSeconds((long)scrape.Sum(Expiry, ("output", "google")));
        Assert.InRange(ends, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow + TokenLife);
        Assert.Equal(0, scrape.Sum(Expiry, ("output", "amazon"))); // such keys have no end that anybody knows
        bucket.AssertHolds(node.Ledger);
        OracleReport report = stage.Check(node.Ledger, new OracleOptions { CheckAppearance = false }, CopyOfGoogles());
        Assert.True(report.IsClean, report.ToString());
    }

    private string CopyOfGoogles()
    {
        string copy = stage.Sub("google");
        foreach (string name in gcs.Bucket.Names)
        {
            string path = Path.Combine(copy, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, gcs.Bucket.Find(name)!.Body);
        }

        return copy;
    }

    private void GiveBoth()
    {
        File.WriteAllText(secret, S3Rver.AccessKey);
        File.WriteAllText(token, cluster.TokenFor(GoogleTokenServer.Subject, $"https:{GoogleTokenServer.Audience}", DateTimeOffset.UtcNow));
    }

    private void Write()
    {
        node.Write(300_000);
        node.Finish();
    }
}
