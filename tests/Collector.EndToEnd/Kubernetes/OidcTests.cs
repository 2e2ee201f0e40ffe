using Collector.EndToEnd.Harness;
using Collector.Testing.Kubernetes;
using Xunit;

namespace Collector.EndToEnd.Kubernetes;

/// <summary>The binary signs in to the API by OpenID Connect: a node outside of the cluster's own identities, with a person's kubeconfig.</summary>
public sealed class OidcTests : IAsyncLifetime
{
    private readonly ClusterStage cluster = new();
    private OidcIssuer issuer = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.StartApiAsync();
        issuer = new OidcIssuer(cluster.Authority) { Given = token => cluster.Api.Tokens[token] = true, IsForOneUse = true };
        cluster.Api.Tokens.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public void Tokens_that_end_and_are_refused_are_refreshed_and_the_kubeconfig_stays_as_it_is()
    {
        string path = cluster.Stage.Sub("kubeconfig");
        string user = $"{{auth-provider: {{name: oidc, config: {{idp-issuer-url: '{issuer.Url}', idp-certificate-authority: ca.crt, client-id: {OidcIssuer.ClientId}, client-secret: '{OidcIssuer.ClientSecret}', refresh-token: refresh-0}} }} }}";
        string content = File.ReadAllText(path).Replace("{tokenFile: token}", user, StringComparison.Ordinal);
        File.WriteAllText(path, content);
        cluster.Put(ClusterStage.Pod(labels: [("version", "1")]));
        PodLog log = new PodLog(cluster.Stage.Tree).Write("before");
        Agent agent = cluster.Stage.Start();
        Assert.Equal("1", ClusterStage.Label(cluster.Await("before"), "version"));

        cluster.Api.Tokens.Clear();
        cluster.Api.Faults.CutWatches();
        cluster.Put(ClusterStage.Pod(labels: [("version", "2")]));
        cluster.AwaitSeen();
        log.Write("after");

        Assert.Equal("2", ClusterStage.Label(cluster.Await("after"), "version"));
        Assert.True(issuer.Refreshes >= 2);
        Assert.Empty(issuer.Surprises);
        Assert.Equal(content, File.ReadAllText(path));
        agent.Stop();
    }
}
