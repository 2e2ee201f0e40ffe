using Collector.EndToEnd.Harness;
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

    [Theory]
    [InlineData("helm3", "values-aws.yaml")]
    [InlineData("helm4", "values-aws.yaml")]
    [InlineData("helm3", "values-azure.yaml")]
    [InlineData("helm4", "values-gcp.yaml")]
    public void Helm_finds_nothing_to_complain_about(string helm, string values)
    {
        CommandRun lint = umbrella.Lint(new Helm(helm), values);
        Assert.True(lint.ExitCode == 0, lint.Output + lint.Errors);
        Assert.Equal("fluentbit", (string?)umbrella.Render(new Helm(helm), values).DaemonSet["metadata"]!["name"]);
    }

    /// <summary>Helm puts the parent's <c>global</c> into the dependency's values, whatever is in it.</summary>
    [Fact]
    public void Whatever_is_global_is_none_of_its_business_but_its_own_keys_are()
    {
        RenderedChart chart = umbrella.Render("values-aws.yaml", "--set", "global.storage.bucket=x,global.imagePullSecrets={registry}");
        Assert.Equal("""[{"name":"registry"}]""", chart.Pod["spec"]!["imagePullSecrets"]!.ToJsonString());
        Assert.Contains("tolerationz", umbrella.Template("--set", "fluentbit.tolerationz=x").Errors, StringComparison.Ordinal);
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

    /// <summary>The bucket is in the parent's <c>global</c>, under the names that Union's data plane has for it; what is missing is named.</summary>
    [Theory]
    [InlineData("values-aws.yaml", "global.METADATA_BUCKET=", "store.bucket is empty: storeByCloud.aws.bucket takes it from global.METADATA_BUCKET, which is not set")]
    [InlineData("values-azure.yaml", "global.AZURE_STORAGE_ACCOUNT=", "store.account is empty: storeByCloud.azure.account takes it from global.AZURE_STORAGE_ACCOUNT, which is not set")]
    [InlineData("values-gcp.yaml", "fluentbit.serviceAccount.annotations=null", "the cloud is not known")]
    [InlineData("values-aws.yaml", "fluentbit.existingConfigMap=fluentbit-system", "set it to \"\"")]
    public void What_the_parent_lacks_or_hands_down_too_much_is_named(string values, string set, string told) =>
        Assert.Contains(told, umbrella.Template("--values", Path.Combine(ChartFiles.Examples, "union", values), "--set", set).Errors, StringComparison.Ordinal);

    [Fact]
    public void Its_image_is_not_made_up() => Assert.Contains("image.repository is not set", umbrella.RefusalWithoutImage("values-aws.yaml"), StringComparison.Ordinal);

    [Fact]
    public void What_is_written_wins_over_what_the_parent_has() =>
        Assert.Contains("bucket: other-bucket", umbrella.Render("values-aws.yaml", "--set", "fluentbit.store.bucket=other-bucket").Configuration, StringComparison.Ordinal);

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
        RenderedChart azure = umbrella.Render("values-azure.yaml", "--set", "global.additionalPodLabels=null", "--set", "fluentbit.store.type=azureBlob,fluentbit.store.account=mystorage,fluentbit.store.container=logs");
        Assert.Equal("true", azure.PodLabels()[Label]);
        Assert.False(umbrella.Render("values-aws.yaml").PodLabels().ContainsKey(Label));
    }
}
