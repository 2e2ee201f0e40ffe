using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>What the chart makes of its values.</summary>
public sealed class ChartTests
{
    private static readonly string[] Store = ["--set", ChartFiles.Image, "--set", "store.type=s3", "--set", "store.bucket=my-logs"];

    [Fact]
    public void It_runs_as_root_with_one_capability_on_a_read_only_root()
    {
        JsonNode context = Render().Container["securityContext"]!;
        Assert.Equal("""{"drop":["ALL"],"add":["DAC_READ_SEARCH"]}""", context["capabilities"]!.ToJsonString());
        Assert.True((bool)context["readOnlyRootFilesystem"]!);
        Assert.False((bool)context["allowPrivilegeEscalation"]!);
        Assert.Equal("RuntimeDefault", (string?)context["seccompProfile"]!["type"]);
        Assert.Equal(0, (int)context["runAsUser"]!);
    }

    [Fact]
    public void Without_root_it_has_no_capability_and_a_prepared_data_dir()
    {
        RenderedChart chart = Render("--set", "nonRoot=true");
        JsonNode context = chart.Container["securityContext"]!;
        Assert.Equal((10001, 0, true), ((int)context["runAsUser"]!, (int)context["runAsGroup"]!, (bool)context["runAsNonRoot"]!));
        Assert.Null(context["capabilities"]!["add"]);
        Assert.Equal("prepare", (string?)Assert.Single(chart.Pod["spec"]!["initContainers"]!.AsArray())!["name"]);
    }

    [Fact]
    public void Only_its_own_directory_of_the_node_is_writable()
    {
        string[] writable = [.. Render().Container["volumeMounts"]!.AsArray().Where(m => m!["readOnly"] is null).Select(m => (string)m!["mountPath"]!)];
        Assert.Equal(["/var/lib/collector"], writable);
    }

    [Fact]
    public void It_may_read_pods_and_nothing_else_unless_labels_are_asked_for()
    {
        Assert.Equal("""[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","watch"]}]""", Rules());
        Assert.Contains("namespaces", Rules("config.kubernetes.namespaceLabels=true"), StringComparison.Ordinal);
        Assert.Contains("nodes", Rules("config.kubernetes.nodeLabels=true"), StringComparison.Ordinal);

        static string Rules(string set = "cloud=") => Render("--set", set).Single("ClusterRole")["rules"]!.ToJsonString();
    }

    [Fact]
    public void Without_the_API_it_has_no_token_and_no_role()
    {
        RenderedChart chart = Render("--set", "config.kubernetes.enabled=false");
        Assert.DoesNotContain("ClusterRole", chart.Kinds);
        Assert.False((bool)chart.Pod["spec"]!["automountServiceAccountToken"]!);
        Assert.Contains("enabled: false", chart.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_configuration_replaces_the_pods()
    {
        Assert.NotEqual(Checksum("config.cluster=a"), Checksum("config.cluster=b"));
        Assert.Equal(Checksum("config.cluster=a"), Checksum("config.cluster=a"));

        static string Checksum(string set) => (string)Render("--set", set).Pod["metadata"]!["annotations"]!["checksum/config"]!;
    }

    /// <summary>A DaemonSet adopts pods that its selector matches, and deletes those that it does not need.</summary>
    [Fact]
    public void The_pod_of_helm_test_is_none_of_the_DaemonSets()
    {
        RenderedChart chart = Render();
        var selector = RenderedChart.Strings(chart.DaemonSet["spec"]!["selector"]!["matchLabels"]!);
        Assert.Subset(chart.PodLabels().ToHashSet(), selector.ToHashSet());
        Assert.False(selector.ToHashSet().IsSubsetOf(RenderedChart.Strings(chart.TestPod()["metadata"]!["labels"]!)));
    }

    /// <summary>What is written of the container's security wins, and the rest of it stays.</summary>
    [Fact]
    public void A_part_of_the_security_context_is_changed_alone()
    {
        JsonNode context = Render("--set", "securityContext.readOnlyRootFilesystem=false", "--set", "securityContext.appArmorProfile.type=RuntimeDefault").Container["securityContext"]!;
        Assert.False((bool)context["readOnlyRootFilesystem"]!);
        Assert.Equal("RuntimeDefault", (string?)context["appArmorProfile"]!["type"]);
        Assert.Equal("""{"add":["DAC_READ_SEARCH"],"drop":["ALL"]}""", context["capabilities"]!.ToJsonString());
    }

    [Theory]
    [InlineData("registry.example.com/collector", "mirror/cache/collector:")]
    [InlineData("localhost:5000/a/collector", "mirror/cache/a/collector:")]
    [InlineData("a/collector", "mirror/cache/a/collector:")]
    public void A_global_registry_takes_the_place_of_the_images_own(string repository, string image) =>
        Assert.StartsWith(image, (string?)Render("--set", "global.imageRegistry=mirror/cache/", "--set", $"image.repository={repository}").Container["image"], StringComparison.Ordinal);

    [Fact]
    public void Without_an_image_it_says_that_none_is_published() =>
        Assert.Contains("image.repository is not set", Helm.Newest.Refusal("--set", "store.type=s3", "--set", "store.bucket=my-logs"), StringComparison.Ordinal);

    /// <summary>The variables of fluent-bit's chart have its name for them, too.</summary>
    [Theory]
    [InlineData("env")]
    [InlineData("extraEnv")]
    public void Further_variables_are_taken_under_either_name(string key) =>
        Assert.Equal("b", Render("--set", $"{key}[0].name=A,{key}[0].value=b").Variable("A"));

    [Theory]
    [InlineData("eks.amazonaws.com/role-arn", "type: s3")]
    [InlineData("azure.workload.identity/client-id", "type: azureBlob")]
    [InlineData("iam.gke.io/gcp-service-account", "type: gcs")]
    public void The_cloud_is_the_one_of_the_accounts_annotation(string annotation, string store) =>
        Assert.Contains(
            store,
            Helm.Newest.Render(
                "--set", ChartFiles.Image, "--set", $@"serviceAccount.annotations.{annotation.Replace(".", @"\.", StringComparison.Ordinal)}=x",
                "--set", "storeByCloud.aws.bucket=my-logs,storeByCloud.gcp.bucket=my-logs,storeByCloud.azure.account=mystorage,storeByCloud.azure.container=logs").Configuration,
            StringComparison.Ordinal);

    [Fact]
    public void A_ConfigMap_of_the_users_own_takes_the_place_of_the_charts()
    {
        RenderedChart chart = Helm.Newest.Render("--set", ChartFiles.Image, "--set", "existingConfigMap=mine");
        Assert.DoesNotContain("ConfigMap", chart.Kinds);
        Assert.Contains("mine", chart.Pod["spec"]!["volumes"]!.AsArray().Select(v => (string?)v!["configMap"]?["name"]));
    }

    /// <summary>Not one object is left in the release's namespace, and the alerts ask for the jobs of where the monitor is.</summary>
    [Fact]
    public void Everything_is_in_the_namespace_that_is_asked_for()
    {
        RenderedChart chart = Render("--set", "namespaceOverride=elsewhere", "--set", "podMonitor.create=true", "--set", "podMonitor.namespace=monitoring", "--set", "prometheusRule.create=true");
        Assert.All(chart.Kinds.Except(["ClusterRole", "ClusterRoleBinding", "PodMonitor", "Pod"]), kind => Assert.Equal("elsewhere", (string?)chart.Single(kind)["metadata"]!["namespace"]));
        Assert.Equal("elsewhere", (string?)chart.TestPod()["metadata"]!["namespace"]);
        Assert.Equal("monitoring", (string?)chart.Single("PodMonitor")["metadata"]!["namespace"]);
        Assert.Equal("""["elsewhere"]""", chart.Single("PodMonitor")["spec"]!["namespaceSelector"]!["matchNames"]!.ToJsonString());
        Assert.Contains("job=~\"(monitoring/)?collector\"", (string?)chart.Single("PrometheusRule")["spec"]!["groups"]![0]!["rules"]![0]!["expr"], StringComparison.Ordinal);
    }

    [Fact]
    public void Helm_test_lists_one_suite() => Assert.Equal(["Pod"], Render().TestKinds);

    [Theory]
    [InlineData("openshift.enabled=true")]
    [InlineData("cloud=aws,dashboard.create=true,prometheusRule.create=true,podMonitor.create=true,networkPolicy.create=true,resourceQuota.create=true")]
    public void Nothing_that_is_applied_is_null(string set) => Assert.Empty(Render("--set", set).Nulls);

    [Theory]
    [InlineData("25s", 40)]
    [InlineData("1m30s", 105)]
    [InlineData("500ms", 16)]
    public void Kubelet_waits_longer_than_the_collectors_own_end(string grace, int seconds) =>
        Assert.Equal(seconds, (int)Render("--set", $"config.shutdown.grace={grace}").Pod["spec"]!["terminationGracePeriodSeconds"]!);

    [Theory]
    [InlineData("0.0.0.0:9000", 9000)]
    [InlineData("[::]:2021", 2021)]
    public void Probes_ask_where_it_listens(string listen, int port) =>
        Assert.Equal(port, (int)Render("--set", $"config.telemetry.listen={listen}").Container["ports"]![0]!["containerPort"]!);

    [Theory]
    [InlineData("sotre.bucket=x", "sotre")]
    [InlineData("config.sorces=x", "sorces")]
    [InlineData("output.compression=brotli", "compression")]
    [InlineData("store.bukcet=x", "store")]
    [InlineData("cloud=ibm", "cloud")]
    [InlineData("cloud=azure", "is not the store of cloud azure")]
    [InlineData("terminationGracePeriodSeconds=20", "would be killed in its drain")]
    [InlineData("config.telemetry.listen=127.0.0.1:2020", "kubelet cannot reach a loopback address")]
    [InlineData("config.outputs[0].store.type=s3,config.outputs[0].store.bucket=my-logs", "store and config.outputs are both set")]
    public void What_is_wrong_is_refused_by_name(string set, string named)
    {
        foreach (string helm in Helm.Versions)
            Assert.Contains(named, new Helm(helm).Refusal([.. Store, "--set", set]), StringComparison.Ordinal);
    }

    /// <summary>What the collector would refuse at its start is refused here, with its place and from where on it is wrong.</summary>
    [Theory]
    [InlineData("""logs/{.kubernetes.pod_name}/""", """is not valid from "{.kubernetes.pod_name}/" on""")]
    [InlineData("""a b""", """is not valid from " b" on""")]
    [InlineData("""x/{\"%Q\"}""", "is not valid from")]
    [InlineData("""/x""", "begins with '/'")]
    [InlineData("""x//{.stream||\"none\"}""", "path segment that is empty")]
    public void A_key_prefix_that_is_none_is_refused(string prefix, string told)
    {
        foreach (string helm in Helm.Versions)
        {
            string refusal = new Helm(helm).Refusal([.. Store, "--set-json", $$"""output={"keyPrefix":"{{prefix}}"}"""]);
            Assert.Contains("output.keyPrefix: ", refusal, StringComparison.Ordinal);
            Assert.Contains(told, refusal, StringComparison.Ordinal);
        }
    }

    /// <summary>Of a variable nobody knows here what it says.</summary>
    [Theory]
    [InlineData("""x/{.kubernetes.labels.\"app.kubernetes.io/name\"||.hostname||\"none\"}/dt={\"%Y/%m/%d\"}/""")]
    [InlineData("""${CLUSTER}/{.stream||\"none\"}/""")]
    [InlineData("")]
    public void A_key_prefix_is_taken(string prefix) =>
        Render("--set-json", $$"""output={"keyPrefix":"{{prefix}}"}""");

    [Fact]
    public void The_output_whose_key_prefix_is_none_is_named() =>
        Assert.Contains(
            "config.outputs[1].keyPrefix: ",
            Helm.Newest.Refusal("--set", ChartFiles.Image, "--set-json", """config.outputs=[{"name":"a","store":{"type":"filesystem","path":"/a"}},{"name":"b","keyPrefix":"x/{","store":{"type":"filesystem","path":"/b"}}]"""),
            StringComparison.Ordinal);

    [Fact]
    public void Without_a_store_it_says_what_to_write() =>
        Assert.Contains("store is not set", Helm.Newest.Refusal("--set", ChartFiles.Image), StringComparison.Ordinal);

    [Fact]
    public void The_ages_of_the_configuration_are_in_the_alerts()
    {
        RenderedChart chart = Render("--set", "prometheusRule.create=true", "--set", "output.batch.maxAge=1h");
        string rules = chart.Single("PrometheusRule").ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.Contains("collector_buffer_oldest_record_age_seconds > 5100", rules, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("output.batch.maxAge=5m", "an object per container every 300 s: 288 a day and container; with 30 on a node 8640 a day and node")]
    [InlineData("output.keyPrefix=logs/{.kubernetes.namespace_name||\"none\"}/", "an object per namespace every 300 s")]
    [InlineData("output.keyPrefix=logs/", "288 a day and node")]
    public void The_notes_tell_what_the_layout_costs(string set, string told)
    {
        CommandRun run = Helm.Newest.Run(["install", "collector", ChartFiles.Chart, "--namespace", "logging", "--dry-run=client", .. Store, "--set", set]);
        Assert.Contains(told, run.Output, StringComparison.Ordinal);
    }

    private static RenderedChart Render(params string[] arguments) => Helm.Newest.Render([.. Store, .. arguments]);
}
