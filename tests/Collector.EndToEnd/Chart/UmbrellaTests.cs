using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>As the dependency <c>fluentbit</c> of a parent chart, the chart takes the place of the log shipper that is named so.</summary>
public sealed class UmbrellaTests : IDisposable
{
    private readonly Umbrella umbrella = new();

    public void Dispose() => umbrella.Dispose();

    [Theory]
    [InlineData("values-aws.yaml", "eks.amazonaws.com/role-arn")]
    [InlineData("values-azure.yaml", "azure.workload.identity/client-id")]
    [InlineData("values-gcp.yaml", "iam.gke.io/gcp-service-account")]
    public void The_account_is_the_one_that_grants_name(string values, string annotation)
    {
        RenderedChart chart = umbrella.Render(values);
        Assert.Equal("fluentbit-system", (string?)chart.Single("ServiceAccount")["metadata"]!["name"]);
        Assert.NotNull(chart.Single("ServiceAccount")["metadata"]!["annotations"]![annotation]);
        Assert.Equal("fluentbit-system", (string?)chart.Pod["spec"]!["serviceAccountName"]);
        Assert.DoesNotContain("keyPrefix", chart.Configuration, StringComparison.Ordinal); // the default layout is the expected one
    }

    [Fact]
    public void Enabled_false_leaves_nothing_of_it() =>
        Assert.DoesNotContain("kind:", umbrella.Template("--set", "fluentbit.enabled=false").Output, StringComparison.Ordinal);

    [Fact]
    public void An_account_that_exists_is_used_and_not_created()
    {
        RenderedChart chart = umbrella.Render("values-aws.yaml", "--set", "fluentbit.serviceAccount.create=false");
        Assert.DoesNotContain("ServiceAccount", chart.Kinds);
        Assert.Equal("fluentbit-system", (string?)chart.Pod["spec"]!["serviceAccountName"]);
    }

    [Theory]
    [InlineData("global.additionalPodLabels.team")]
    [InlineData("fluentbit.additionalPodLabels.team")]
    public void Labels_reach_the_pods_from_either_place(string key)
    {
        Assert.Equal("platform", umbrella.Render("values-aws.yaml", "--set", $"{key}=platform").PodLabels()["team"]);
        Assert.Equal("true", umbrella.Render("values-aws.yaml", "--set", $"{key}=true").PodLabels()["team"]); // a string, or Kubernetes refuses it
    }

    [Fact]
    public void Labels_that_cannot_reach_them_are_spoken_of()
    {
        const string Told = "The top-level additionalPodLabels do not reach that DaemonSet";
        Assert.DoesNotContain(Told, umbrella.Notes("values-azure.yaml"), StringComparison.Ordinal);
        Assert.Contains(Told, umbrella.Notes("values-azure.yaml", "--set", "additionalPodLabels.team=platform"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tolerations_are_the_parents()
    {
        RenderedChart chart = umbrella.Render("values-gcp.yaml");
        Assert.Equal("tasks", (string?)Assert.Single(chart.Pod["spec"]!["tolerations"]!.AsArray())!["value"]);
    }

    /// <summary>Azure's webhook passes over a pod without this label, whatever its account is annotated with.</summary>
    [Fact]
    public void The_label_of_Azures_webhook_follows_from_the_accounts_annotation()
    {
        const string Label = "azure.workload.identity/use";
        RenderedChart azure = umbrella.Render("values-azure.yaml", "--set", "global.additionalPodLabels=null", "--set", "fluentbit.cloud=", "--set", "fluentbit.store.type=azureBlob");
        Assert.Equal("true", azure.PodLabels()[Label]);
        Assert.False(umbrella.Render("values-aws.yaml").PodLabels().ContainsKey(Label));
    }
}
