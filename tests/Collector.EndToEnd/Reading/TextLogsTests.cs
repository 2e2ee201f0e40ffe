using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Kubernetes;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>Contract §9 over objects of format text, whose lines do not say whose they are: the catalog does.</summary>
public sealed class TextLogsTests : IAsyncLifetime
{
    private const string Cart = "cart-66fc884c54-x";

    private readonly ClusterStage cluster = new();

    private Stage Stage => cluster.Stage;

    public ValueTask InitializeAsync() => new(cluster.StartApiAsync());

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public void Labels_owners_runs_and_times_are_answered_by_the_catalog()
    {
        const string OtherUid = "22222222-2222-4333-8444-555555555555";
        Stage.Outputs = [new OutputYaml(More: "format: text", Catalog: "enabled: true")];
        cluster.Configure("metadataTimeout: 2s");
        cluster.Put(ClusterStage.Pod(Cart, labels: [("app", "cart"), ("pod-template-hash", "66fc884c54")]));
        cluster.Put(ClusterStage.Pod("web", OtherUid, new string('b', 64), ("app", "web")));
        var cart = new PodLog(Stage.Tree, Cart);
        cart.WriteRaw(Line(0, "cart, first run"));
        new PodLog(Stage.Tree, pod: "web", uid: OtherUid, id: new string('b', 64)).WriteRaw(Line(1, "web", "stderr"));
        Assert.Equal(0, Stage.RunOnce());

        // The container is restarted, which the API does not know yet.
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(cart.FilePath)!, "1.log"), Line(30, "cart, second run"));
        Assert.Equal(0, Stage.RunOnce());

        Assert.Equal("cart, first run\ncart, second run\n", Read("logs", "-n", "shop", "-l", "app=cart", "--all-restarts"));
        Assert.Equal("cart, second run\n", Read("logs", "-n", "shop", "-l", "app=cart"));
        Assert.Equal("web\n", Read("logs", "-n", "shop", "-l", "app!=cart"));
        Assert.Equal("cart, first run\ncart, second run\n", Read("logs", "rs/cart-66fc884c54", "-n", "shop", "--all-restarts", "--tail", "5"));
        Assert.Equal("cart, first run\n", Read("logs", Cart, "-n", "shop", "--previous"));
        Assert.Equal("web\n", Read("logs", "-n", "shop", "--stream", "stderr"));
        Assert.Equal("cart, second run\n", Read("logs", "-l", "app=cart", "-n", "shop", "--all-restarts", "--since-time", "2026-11-21T00:00:20Z"));
        Assert.Equal("cart, first run\n", Read("logs", "-l", "app=cart", "-n", "shop", "--all-restarts", "--until-time", "2026-11-21T00:00:20Z"));
    }

    [Fact]
    public void Without_a_catalog_the_question_is_refused_with_what_to_do()
    {
        Stage.Outputs = [new OutputYaml(More: "format: text", Catalog: "enabled: false")];
        cluster.Put(ClusterStage.Pod(Cart, labels: [("app", "cart")]));
        new PodLog(Stage.Tree, Cart).Write("a line");
        Assert.Equal(0, Stage.RunOnce());

        foreach (string[] question in (string[][])[["-l", "app=cart"], ["rs/cart-66fc884c54"], [Cart, "--stream", "stdout"], [Cart, "--previous"], [Cart, "-f", "-l", "app=cart"]])
        {
            CommandRun run = CommandRun.Collector(["logs", .. question, "-n", "shop", "--from", Stage.Objects]);
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains("cannot be answered", run.Errors, StringComparison.Ordinal);
            Assert.Contains("catalog", run.Errors, StringComparison.Ordinal);
        }

        Assert.Equal("a line\n", Read("logs", Cart, "-n", "shop", "--since", "1h"));
    }

    private static string Line(int second, string text, string stream = "stdout") => $"2026-11-21T00:00:{second:00}.000000000Z {stream} F {text}\n";

    private string Read(params string[] arguments)
    {
        CommandRun run = CommandRun.Collector([.. arguments, "--from", Stage.Objects]);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output;
    }
}
