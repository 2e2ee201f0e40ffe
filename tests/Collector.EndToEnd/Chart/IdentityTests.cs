using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>Three lines a cloud; and what a platform's webhook would do, where there is none.</summary>
public sealed class IdentityTests
{
    [Fact]
    public void A_role_in_the_annotation_is_a_web_identity()
    {
        RenderedChart chart = Render("aws-irsa");
        Assert.Contains("type: webIdentity", chart.Configuration, StringComparison.Ordinal);
        Assert.Null(chart.Variable("AWS_ROLE_ARN")); // the webhook's
    }

    [Fact]
    public void Pod_identity_needs_nothing_in_the_pod() =>
        Assert.DoesNotContain("authentication", Render("aws-pod-identity").Configuration, StringComparison.Ordinal);

    [Fact]
    public void Without_the_webhook_of_AWS_the_chart_projects_the_token()
    {
        RenderedChart chart = Render("aws-assume-role");
        Assert.Equal("sts.amazonaws.com", (string?)Token(chart)["audience"]);
        Assert.Equal("arn:aws:iam::123456789012:role/collector", chart.Variable("AWS_ROLE_ARN"));
        AssertMounted(chart, chart.Variable("AWS_WEB_IDENTITY_TOKEN_FILE")!);
    }

    [Fact]
    public void Without_the_webhook_of_Azure_the_chart_projects_the_token()
    {
        RenderedChart chart = Render("azure-workload-identity", "--set", "identity.webhook=false", "--set", @"serviceAccount.annotations.azure\.workload\.identity/tenant-id=t");
        Assert.Equal("api://AzureADTokenExchange", (string?)Token(chart)["audience"]);
        Assert.Equal(("00000000-0000-0000-0000-000000000000", "t"), (chart.Variable("AZURE_CLIENT_ID"), chart.Variable("AZURE_TENANT_ID")));
        AssertMounted(chart, chart.Variable("AZURE_FEDERATED_TOKEN_FILE")!);
    }

    /// <summary>Outside of Google's own clusters: an external account (its file format is Google's, AIP-4117).</summary>
    [Fact]
    public void Without_a_metadata_server_of_Google_the_chart_makes_an_external_account()
    {
        const string Provider = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";
        RenderedChart chart = Render("gcp-workload-identity", "--set", "identity.webhook=false", "--set", $"identity.gcpProvider={Provider}");
        Assert.Equal($"https://iam.googleapis.com/{Provider}", (string?)Token(chart)["audience"]);
        JsonNode credentials = JsonNode.Parse((string)chart.Single("ConfigMap")["data"]!["gcp-credentials.json"]!)!;
        Assert.Equal(("external_account", $"//iam.googleapis.com/{Provider}"), ((string)credentials["type"]!, (string)credentials["audience"]!));
        AssertMounted(chart, (string)credentials["credential_source"]!["file"]!);
        Assert.Contains("type: externalAccount", chart.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_annotation_is_named() =>
        Assert.Contains(
            "azure.workload.identity/tenant-id is needed",
            Helm.Newest.Refusal("--values", Values("azure-workload-identity"), "--set", "identity.webhook=false"),
            StringComparison.Ordinal);

    /// <summary>Contract §4: what the grants allow is what the collector does.</summary>
    [Fact]
    public void The_grants_allow_creating_objects_alone()
    {
        Assert.Equal("""["s3:PutObject"]""", Actions("aws/policy.json"));
        Assert.Equal("""["s3:PutObjectTagging","s3:PutObjectAcl","kms:GenerateDataKey","sts:AssumeRole"]""", Actions("aws/policy-options.json"));
        Assert.Equal("roles/storage.objectCreator", (string?)Read("gcp/bucket-policy.json")["bindings"]![0]!["role"]);
        Assert.EndsWith("/blobs/add/action", (string?)Assert.Single(Read("azure/role.json")["DataActions"]!.AsArray()), StringComparison.Ordinal);

        static string Actions(string file) => new JsonArray([.. Read(file)["Statement"]!.AsArray().Select(s => s!["Action"]!.DeepClone())]).ToJsonString();
    }

    [Fact]
    public void Every_grant_is_readable()
    {
        string[] files = Directory.GetFiles(Repository.In("deploy/iam"), "*.json", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files, file => JsonDocument.Parse(File.ReadAllText(file)).Dispose());
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Repository.In($"deploy/iam/{file}")))!;

    private static string Values(string name) => Repository.In($"charts/collector/ci/{name}-values.yaml");

    private static RenderedChart Render(string name, params string[] arguments) => Helm.Newest.Render(["--values", Values(name), .. arguments]);

    private static JsonNode Token(RenderedChart chart) =>
        chart.Pod["spec"]!["volumes"]!.AsArray().Single(v => v!["projected"] is not null)!["projected"]!["sources"]![0]!["serviceAccountToken"]!;

    private static void AssertMounted(RenderedChart chart, string file) =>
        Assert.Contains(chart.Container["volumeMounts"]!.AsArray(), m => file == $"{(string)m!["mountPath"]!}/token" && (string)m["name"]! == "identity");
}
