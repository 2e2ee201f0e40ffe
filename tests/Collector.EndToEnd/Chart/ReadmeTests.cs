using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>
/// The README's commands for each cloud are run as they stand, with the real Helm. The clouds' own command lines are shell functions
/// that note what they are called with, and answer the queries in it.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    /// <summary>The answers have the form of real ones. Helm's client renders, where the real one would install.</summary>
    private const string Clouds = """
        set -euo pipefail
        note() { printf '%s\0' "$@" >>"$NOTES"; }
        aws() { note "$@"; case $* in *get-caller-identity*) echo 123456789012 ;; *oidc.issuer*) echo https://oidc.eks.eu-central-1.amazonaws.com/id/0A1B ;; esac; }
        eksctl() { note "$@"; }
        gcloud() { note "$@"; }
        az() {
          note "$@"
          case $* in
            *issuerUrl*) echo https://westeurope.oic.prod-aks.azure.com/t/c/ ;;
            *principalId*) echo 22222222-2222-2222-2222-222222222222 ;;
            *clientId*) echo 33333333-3333-3333-3333-333333333333 ;;
            *'--query id'*) echo /subscriptions/s/resourceGroups/my-group/providers/Microsoft.Storage/storageAccounts/mystorage ;;
          esac
        }
        helm() { [[ $1 == install ]]; "$HELM" template "${@:2}" >"$RENDERED"; }

        """;

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("Amazon: S3", "eks.amazonaws.com/role-arn", "arn:aws:iam::123456789012:role/collector", "bucket: my-logs")]
    [InlineData("Azure: Blob Storage", "azure.workload.identity/client-id", "33333333-3333-3333-3333-333333333333", "account: mystorage")]
    [InlineData("Google Cloud: Cloud Storage", "iam.gke.io/gcp-service-account", "collector@my-project.iam.gserviceaccount.com", "bucket: my-logs")]
    public void The_commands_for_a_cloud_end_in_a_release(string heading, string annotation, string identity, string store)
    {
        Run(heading);
        RenderedChart chart = RenderedChart.Parse(File.ReadAllText(directory.Sub("rendered")));
        Assert.Equal(identity, (string?)chart.Single("ServiceAccount")["metadata"]!["annotations"]![annotation]);
        Assert.Equal("collector", (string?)chart.Single("ServiceAccount")["metadata"]!["name"]);
        Assert.Equal("logging", (string?)chart.Single("ServiceAccount")["metadata"]!["namespace"]);
        Assert.StartsWith("registry.example.com/collector:", (string?)chart.Container["image"], StringComparison.Ordinal);
        Assert.Contains(store, chart.Configuration, StringComparison.Ordinal);
        File.WriteAllText(directory.Sub("collector.yaml"), chart.Configuration);
        Assert.Equal("OK\n", CommandRun.Collector("validate", "--config", directory.Sub("collector.yaml")).Output);
    }

    /// <summary>The trust names the account of the release, and no word in capitals is left over in what Amazon is given.</summary>
    [Fact]
    public void The_grants_of_Amazon_are_filled_in()
    {
        JsonNode[] documents = [.. Run("Amazon: S3").Where(a => a.StartsWith('{')).Select(a => JsonNode.Parse(a)!)];
        Assert.Equal(2, documents.Length);
        JsonNode trust = documents[0]["Statement"]![0]!;
        Assert.Equal("arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0A1B", (string?)trust["Principal"]!["Federated"]);
        Assert.Equal("""{"oidc.eks.eu-central-1.amazonaws.com/id/0A1B:sub":"system:serviceaccount:logging:collector","oidc.eks.eu-central-1.amazonaws.com/id/0A1B:aud":"sts.amazonaws.com"}""", trust["Condition"]!["StringEquals"]!.ToJsonString());
        Assert.Equal("arn:aws:s3:::my-logs/persisted-logs/*", (string?)documents[1]["Statement"]![0]!["Resource"]);
    }

    [Fact]
    public void The_grants_of_the_others_name_the_account_of_the_release()
    {
        Assert.Contains("system:serviceaccount:logging:collector", Run("Azure: Blob Storage"));
        Assert.Contains("serviceAccount:my-project.svc.id.goog[logging/collector]", Run("Google Cloud: Cloud Storage"));
    }

    /// <summary>What the cloud's command line was called with, one argument after the other.</summary>
    private string[] Run(string heading)
    {
        string readme = File.ReadAllText(Repository.In("README.md"));
        int start = readme.IndexOf($"\n### {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, heading);
        File.WriteAllText(directory.Sub("script"), Clouds + Block().Match(readme, start).Groups["text"].Value);
        File.Delete(directory.Sub("notes"));
        CommandRun run = CommandRun.Of(
            "env", "-C", Repository.Root, $"HELM={ChartFiles.Tool("helm4")}", $"NOTES={directory.Sub("notes")}", $"RENDERED={directory.Sub("rendered")}", "bash", directory.Sub("script"));
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        return File.ReadAllText(directory.Sub("notes")).Split('\0');
    }

    [GeneratedRegex("```sh\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
