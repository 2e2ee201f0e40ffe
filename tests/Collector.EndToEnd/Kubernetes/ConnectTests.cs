using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Kubernetes;

/// <summary><c>validate --connect</c> asks the API what the agent will ask: what somebody has to change fails, what passes warns.</summary>
public sealed class ConnectTests : IAsyncLifetime
{
    private readonly ClusterStage cluster = new();

    public async ValueTask InitializeAsync()
    {
        await cluster.StartApiAsync();
        cluster.Put(ClusterStage.Pod());
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private CommandRun Validate()
    {
        File.WriteAllText(cluster.Stage.ConfigPath, cluster.Stage.Configuration());
        return CommandRun.Collector("validate", "--config", cluster.Stage.ConfigPath, "--connect");
    }

    [Fact]
    public void An_API_that_lets_it_in_is_told()
    {
        CommandRun run = Validate();

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains($"\nkubernetes: {cluster.Api.Address} /api/v1/pods with spec.nodeName=node1: may be listed and watched\nOK\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verb_that_RBAC_lacks_fails_and_is_named()
    {
        cluster.Api.Rules.Remove(("watch", "pods"));

        CommandRun run = Validate();

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("403: pods is forbidden: User \"system:serviceaccount:logging:collector\" cannot watch resource \"pods\"", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nOK\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_that_is_away_is_a_warning()
    {
        await cluster.Api.StopAsync();

        CommandRun run = Validate();

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"warning: kubernetes: {cluster.Api.Address} /api/v1/pods", run.Errors, StringComparison.Ordinal);
        Assert.EndsWith("\nOK\n", run.Output, StringComparison.Ordinal);
    }
}
