using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.S3;

/// <summary>What is asked of a bucket, and what its keys are.</summary>
public sealed class S3RequestTests(S3Server server) : IClassFixture<S3Server>, IDisposable
{
    private readonly Stage stage = new();
    private readonly Bucket bucket = server.Open();

    public void Dispose()
    {
        stage.Dispose();
        bucket.Dispose();
    }

    /// <summary>S-85: the endpoint refuses and notes every method but PUT, and every query.</summary>
    [Fact]
    public void To_put_objects_is_all_that_is_needed()
    {
        stage.Outputs = [bucket.Output()];
        new PodLog(stage.Tree).Write("a line");
        File.WriteAllText(stage.ConfigPath, stage.Configuration());

        CommandRun proof = CommandRun.Collector("validate", "--config", stage.ConfigPath, "--connect");
        Assert.True(proof.ExitCode == 0, proof.Output + proof.Errors);
        Assert.Matches($"(?m)^outputs.default: s3://{bucket.Name} at {bucket.Endpoint.Endpoint.GetLeftPart(UriPartial.Authority)} as access key {S3Rver.AccessKey} .*: writable$", proof.Output);
        Assert.Empty(bucket.Keys);

        Agent agent = stage.Start();
        agent.AwaitUploaded(1);
        agent.Stop();
        bucket.AssertHonest();
        Assert.Equal(["a line"], bucket.Texts());
    }

    /// <summary>
    /// S-86, as far as it is headers: the bucket's policy denies what is not encrypted by its key, not tagged, or not of the
    /// class that it asks for.
    /// </summary>
    [Fact]
    public void What_the_policy_of_a_bucket_asks_for_is_sent()
    {
        const string Key = "arn:aws:kms:us-east-1:123456789012:key/0001";
        bucket.Endpoint.Rules = (_, headers) =>
            headers.GetValueOrDefault("x-amz-server-side-encryption") == "aws:kms"
            && headers.GetValueOrDefault("x-amz-server-side-encryption-aws-kms-key-id") == Key
            && headers.GetValueOrDefault("x-amz-tagging") is "team=logs&retention=90+days" or "team=logs&retention=90%20days"
            && headers.GetValueOrDefault("x-amz-storage-class") == "STANDARD_IA"
            && headers.GetValueOrDefault("x-amz-acl") == "bucket-owner-full-control" ? S3Fault.None : S3Fault.AccessDenied;
        new PodLog(stage.Tree).Write("a line");

        stage.Outputs = [bucket.Output()];
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
        Assert.Equal(1, CommandRun.Collector("validate", "--config", stage.ConfigPath, "--connect").ExitCode);

        stage.Outputs =
        [
            bucket.Output(store: $"serverSideEncryption: 'aws:kms', kmsKeyId: '{Key}', tags: {{team: logs, retention: 90 days}}, storageClass: STANDARD_IA, acl: bucket-owner-full-control"),
        ];
        File.WriteAllText(stage.ConfigPath, stage.Configuration());
        CommandRun proof = CommandRun.Collector("validate", "--config", stage.ConfigPath, "--connect");
        Assert.True(proof.ExitCode == 0, proof.Output + proof.Errors);
        Assert.Equal(0, stage.RunOnce());
        bucket.AssertHonest();
        Assert.Equal(["a line"], bucket.Texts());
    }

    /// <summary>S-87: two nodes at once, and the second life of one whose data dir is gone; all of them into one prefix.</summary>
    [Fact]
    public void Keys_of_all_nodes_differ_and_sort_by_time()
    {
        const int Each = 3;
        using var other = new Stage { Node = "node2" };
        using var reborn = new Stage();
        List<Agent> agents = [];
        foreach ((string name, Stage each) in (ReadOnlySpan<(string, Stage)>)[("one", stage), ("two", other), ("three", reborn)])
        {
            each.Outputs = [bucket.Output("keyPrefix: 'all/'", batch: "maxAge: 200ms")];
            var log = new PodLog(each.Tree, pod: name);
            Agent agent = each.Start();
            for (int i = 1; i <= Each; i++)
            {
                log.Write($"{name} {i}");
                agent.AwaitUploaded(i);
            }

            agents.Add(agent);
        }

        agents.ForEach(a => a.Stop());
        bucket.AssertHonest();
        List<ObjectKey> keys = [.. bucket.Keys.Select(Parse)];
        Assert.Equal(3 * Each, keys.Count);
        Assert.Equal(keys.Select(k => k.OpenedAt).Order(), keys.Select(k => k.OpenedAt));
        Assert.Equal(["node1", "node2"], keys.Select(k => k.Node).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(((string[])["one", "two", "three"]).SelectMany(name => Enumerable.Range(1, Each).Select(i => $"{name} {i}")), bucket.Texts());
    }

    private static ObjectKey Parse(string key) => ObjectKey.TryParse(key, out ObjectKey? parsed) ? parsed! : throw new FormatException(key);
}
