using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>deploy/examples/reader: who reads may list and get below one prefix, and nothing else.</summary>
public sealed class ReaderTests
{
    private const string All = "persisted-logs/";

    /// <summary>Up to the dot behind the name: team is not team-2.</summary>
    private const string OneNamespace = "persisted-logs/namespace-TEAM.pod-";

    [Theory]
    [InlineData("aws/policy.json", All)]
    [InlineData("aws/policy-namespace.json", OneNamespace)]
    public void S3_is_listed_and_read_below_the_prefix_alone(string file, string prefix)
    {
        JsonNode[] statements = [.. Read(file)["Statement"]!.AsArray().Select(one => one!)];
        Assert.Equal(["s3:ListBucket", "s3:GetObject"], statements.Select(one => (string?)one["Action"]));
        Assert.Equal(["arn:aws:s3:::BUCKET", $"arn:aws:s3:::BUCKET/{prefix}*"], statements.Select(one => (string?)one["Resource"]));
        Assert.Equal($"{{\"StringLike\":{{\"s3:prefix\":\"{prefix}*\"}}}}", statements[0]["Condition"]!.ToJsonString());
    }

    [Theory]
    [InlineData("gcp/bucket-policy.json", All)]
    [InlineData("gcp/bucket-policy-namespace.json", OneNamespace)]
    public void Google_s_objects_are_viewed_below_the_prefix_alone(string file, string prefix)
    {
        JsonNode binding = Assert.Single(Read(file)["bindings"]!.AsArray())!;
        Assert.Equal("roles/storage.objectViewer", (string?)binding["role"]);
        Assert.Equal(
            $"resource.name.startsWith('projects/_/buckets/BUCKET/objects/{prefix}') || api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('{prefix}')",
            (string?)binding["condition"]!["expression"]);
        Assert.Equal(3, (int)Read(file)["version"]!); // the first that knows conditions
    }

    /// <summary>The id is that of Storage Blob Data Reader in every subscription.</summary>
    [Fact]
    public void Azure_s_blobs_are_read()
    {
        JsonNode assignment = Assert.Single(Read("azure/role-assignment.json")["resources"]!.AsArray())!;
        Assert.Contains("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", (string?)assignment["properties"]!["roleDefinitionId"], StringComparison.Ordinal);
        string condition = File.ReadAllText(In("azure/condition-namespace.txt"));
        Assert.Equal(2, condition.Split($"StringLike '{OneNamespace}*'").Length - 1);
        Assert.Equal(condition.Count(c => c == '('), condition.Count(c => c == ')'));
    }

    [Fact]
    public void Kubernetes_own_schemas_accept_the_job()
    {
        CommandRun check = ChartFiles.Node("check-objects.mjs", In("reader.yaml"));
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
    }

    private static string In(string file) => Repository.In($"deploy/examples/reader/{file}");

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(In(file)))!;
}
