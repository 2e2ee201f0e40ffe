using Collector.Configuration;
using Collector.Kubernetes;
using Collector.Testing.Kubernetes;
using Collector.Tests.Configuration;
using Xunit;

namespace Collector.Tests.Kubernetes;

/// <summary>What <c>validate --connect</c> finds out of the API, and what of it is an error.</summary>
public sealed class ApiProbeTests : ApiFixture
{
    private string KubeconfigPath => Path.Join(ServiceAccount, "kubeconfig");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await File.WriteAllTextAsync(KubeconfigPath, $$"""
            current-context: test
            contexts: [{name: test, context: {cluster: test, user: test} }]
            clusters: [{name: test, cluster: {server: '{{Api.Address}}', certificate-authority: ca.crt} }]
            users: [{name: test, user: {tokenFile: token} }]

            """);
        Put("u1");
    }

    private Task<IReadOnlyList<(ApiProbeResult Result, string Text)>> AskAsync(string more = "") =>
        ApiProbe.AskAsync(Config($"kubeconfig: {KubeconfigPath}{more}"), _ => null, ApiProbe.Patience, TestContext.Current.CancellationToken);

    private static CollectorConfiguration Config(string kubernetes) => Yaml.Valid($"{Yaml.Minimal}node: node1\nkubernetes: {{{kubernetes}}}");

    private async Task<string> AssertOneAsync(ApiProbeResult result)
    {
        var found = Assert.Single(await AskAsync());
        Assert.Equal(result, found.Result);
        return found.Text;
    }

    [Fact]
    public async Task What_the_agent_asks_for_is_asked_for_and_nothing_else()
    {
        Assert.Equal($"{Api.Address} /api/v1/pods with spec.nodeName=node1: may be listed and watched", await AssertOneAsync(ApiProbeResult.Fine));
        await Until("the watch is over for the server, too", () => Api.Requests.Count == 2);
        Assert.Equal(["list pods", "watch pods"], Api.Requests.Select(r => $"{r.Verb} {r.Resource}"));
        Assert.Equal("?fieldSelector=spec.nodeName%3Dnode1&limit=1&resourceVersion=0", Api.Requests[0].Query);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("watch")]
    public async Task A_verb_that_RBAC_lacks_is_named(string verb)
    {
        Api.Rules.Remove((verb, "pods"));

        var text = await AssertOneAsync(ApiProbeResult.Refused);

        Assert.Contains($"cannot {verb} resource \"pods\"", text, StringComparison.Ordinal);
        Assert.EndsWith("allow the service account to get, list and watch pods in the whole cluster (a ClusterRole)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_of_namespaces_and_nodes_are_asked_for_where_they_are_wanted()
    {
        Api.Rules.Add(("list", "nodes"));
        Api.Rules.Add(("watch", "nodes"));

        var found = await AskAsync(", namespaceLabels: true, nodeLabels: true");

        Assert.Equal([ApiProbeResult.Fine, ApiProbeResult.Refused, ApiProbeResult.Warning], found.Select(f => f.Result));
        Assert.Contains("/api/v1/nodes with metadata.name=node1: may be listed and watched, but the list is empty", found[2].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_known_is_an_error()
    {
        File.WriteAllText(Path.Join(ServiceAccount, "token"), "stale");

        Assert.Contains("401: Unauthorized", await AssertOneAsync(ApiProbeResult.Refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_an_error()
    {
        using var stranger = new TestAuthority("stranger");
        Api.Certificate = stranger.SignServer();

        Assert.Contains("is not signed by", await AssertOneAsync(ApiProbeResult.Refused), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("kubeconfig")]
    public async Task A_file_that_is_not_there_is_an_error(string file)
    {
        File.Delete(Path.Join(ServiceAccount, file));

        Assert.Contains($"{Path.Join(ServiceAccount, file)} cannot be read", await AssertOneAsync(ApiProbeResult.Refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_a_warning()
    {
        await Api.StopAsync();

        Assert.Contains("Connection refused", await AssertOneAsync(ApiProbeResult.Warning), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_that_is_busy_is_a_warning(int code)
    {
        Api.Faults.Refuse("list", code);

        Assert.Contains($"{code}: ", await AssertOneAsync(ApiProbeResult.Warning), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_not_waited_for()
    {
        Api.Faults.Hangs = true;

        var found = Assert.Single(await ApiProbe.AskAsync(Config($"kubeconfig: {KubeconfigPath}"), _ => null, TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken));

        Assert.Equal(ApiProbeResult.Warning, found.Result);
        Assert.EndsWith("no answer in time", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_pods_is_a_warning_that_doubts_its_name()
    {
        Api.Store.Delete("pods", "shop", "u1");

        Assert.Contains("if the node name is not this node's name", await AssertOneAsync(ApiProbeResult.Warning), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_API_nothing_is_asked()
    {
        Assert.Empty(await ApiProbe.AskAsync(Config("enabled: false"), _ => null, ApiProbe.Patience, TestContext.Current.CancellationToken));

        var outside = Assert.Single(await ApiProbe.AskAsync(Config("enabled: true"), _ => null, ApiProbe.Patience, TestContext.Current.CancellationToken));
        Assert.Equal((ApiProbeResult.Warning, true), (outside.Result, outside.Text.StartsWith("not asked", StringComparison.Ordinal)));
    }
}
