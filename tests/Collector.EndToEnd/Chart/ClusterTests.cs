using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Xunit;

namespace Collector.EndToEnd.Chart;

/// <summary>What clusters ask for beside the pod: quotas, network policies, directories, places for <c>helm test</c>.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    /// <summary>
    /// GKE's API server limits system priority classes to kube-system and to namespaces whose quota names them ("insufficient quota to
    /// match these scopes"); a server's version says whether it is GKE's.
    /// </summary>
    [Theory]
    [InlineData(true, "cloud=gcp,store.bucket=my-logs", "v1.33.2", "logging")]
    [InlineData(true, "store.type=s3,store.bucket=my-logs", "v1.33.2-gke.1043000", "logging")]
    [InlineData(false, "cloud=gcp,store.bucket=my-logs", "v1.33.2-gke.1043000", "kube-system")]
    [InlineData(false, "cloud=gcp,store.bucket=my-logs,priorityClassName=", "v1.33.2-gke.1043000", "logging")]
    [InlineData(false, "cloud=aws,store.bucket=my-logs", "v1.33.1-eks-1fbb135", "logging")]
    public void Google_is_given_the_quota_that_its_admission_asks_for(bool wanted, string set, string version, string space)
    {
        RenderedChart chart = Helm.Newest.Render("--set", ChartFiles.Image, "--set", set, "--kube-version", version, "--namespace", space);
        Assert.Equal(wanted, chart.Kinds.Contains("ResourceQuota"));
        if (wanted) Assert.Equal("""["system-node-critical"]""", chart.Single("ResourceQuota")["spec"]!["scopeSelector"]!["matchExpressions"]![0]!["values"]!.ToJsonString());
    }

    [Fact]
    public void The_network_policy_reaches_every_platforms_identity()
    {
        JsonNode rule = Assert.Single(Policy()["spec"]!["egress"]!.AsArray(), r => r!["to"] is not null)!;
        Assert.Equal(["169.254.0.0/16", "fd00:ec2::/32"], rule["to"]!.AsArray().Select(p => (string)p!["ipBlock"]!["cidr"]!));
        Assert.Equal([80, 987, 988, 8080], rule["ports"]!.AsArray().Select(p => (int)p!["port"]!));
    }

    [Fact]
    public void The_network_policy_lets_helm_test_in_beside_those_who_scrape()
    {
        RenderedChart chart = Render("--set", "networkPolicy.create=true", "--set", "networkPolicy.ingressFrom[0].namespaceSelector.matchLabels.name=monitoring");
        JsonArray peers = chart.Single("NetworkPolicy")["spec"]!["ingress"]![0]!["from"]!.AsArray();
        var allowed = RenderedChart.Strings(peers.Single(p => p!["podSelector"] is not null)!["podSelector"]!["matchLabels"]!);
        Assert.Equal(2, peers.Count);
        Assert.Superset(allowed.ToHashSet(), RenderedChart.Strings(chart.TestPod()["metadata"]!["labels"]!).ToHashSet());
    }

    /// <summary>A pod on a node that has no collector would find nobody to ask.</summary>
    [Fact]
    public void Helm_test_runs_where_a_collector_runs()
    {
        RenderedChart chart = Render();
        foreach (string place in (string[])["affinity", "nodeSelector"])
            Assert.Equal(chart.Pod["spec"]![place]!.ToJsonString(), chart.TestPod()["spec"]![place]!.ToJsonString());
    }

    /// <summary>Root without further capabilities has no power over files of uid 10001, nor that one over root's.</summary>
    [Theory]
    [InlineData("nonRoot=true", "10001")]
    [InlineData("prepareDataDir=true", "0")]
    public void The_directories_are_given_to_the_user_of_the_collector(string set, string owner)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Giving files away takes root.");
        string data = Made("data"), store = Made("store");
        string[] command = [.. RenderedChart.Parse(Filesystem(data, store, set).Output).Pod["spec"]!["initContainers"]![0]!["command"]!.AsArray().Select(a => (string)a!)];

        CommandRun run = CommandRun.Of(command[0], command[1..]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Equal($"{owner}:0 700", Stat(data));
        Assert.Equal($"{owner}:0 600", Stat(Path.Combine(data, "old")));
        Assert.Equal($"{owner}:0 755", Stat(store));
        Assert.Equal("7:7 600", Stat(Path.Combine(store, "old")));
    }

    [Fact]
    public void Objects_may_be_given_as_text_or_as_maps()
    {
        RenderedChart chart = Render(
            "--set-json", """extraObjects=["apiVersion: v1\nkind: Secret\nmetadata: {name: '{{ .Release.Name }}-text'}", {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "{{ .Release.Name }}-map"}}]""");
        Assert.Equal("collector-text", (string?)chart.Single("Secret")["metadata"]!["name"]);
        Assert.Equal("collector-map", (string?)chart.Single("LimitRange")["metadata"]!["name"]);
    }

    private static string Stat(string path) => CommandRun.Of("stat", "-c", "%u:%g %a", path).Output.TrimEnd();

    private static JsonNode Policy() => Render("--set", "networkPolicy.create=true").Single("NetworkPolicy");

    private static RenderedChart Render(params string[] arguments) => Helm.Newest.Render(["--set", ChartFiles.Image, "--set", "store.type=s3", "--set", "store.bucket=my-logs", .. arguments]);

    private static CommandRun Filesystem(string data, string store, string set) =>
        Helm.Newest.Template(ChartFiles.Chart, "--set", ChartFiles.Image, "--set", $"config.dataDir={data},store.type=filesystem,store.path={store},{set}");

    /// <summary>A directory, and a file in it that belong to somebody else.</summary>
    private string Made(string name)
    {
        string path = Directory.CreateDirectory(directory.Sub(name)).FullName;
        File.WriteAllText(Path.Combine(path, "old"), "");
        File.SetUnixFileMode(Path.Combine(path, "old"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        Assert.Equal(0, CommandRun.Of("chown", "-R", "7:7", path).ExitCode);
        return path;
    }
}
