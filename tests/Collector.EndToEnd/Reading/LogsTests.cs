using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Node;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Reading;

/// <summary>Contract §9: <c>collector logs</c>, <c>ls</c> and <c>get</c> over directories that the agent has written.</summary>
public sealed class LogsTests : IDisposable
{
    private const double BytesPerSecond = 2_000_000;

    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-157: a node that rotates, compresses and restarts containers, and an agent of several lives.</summary>
    [Theory]
    [InlineData("json", "gzip")]
    [InlineData("json", "zstd")]
    [InlineData("json", "snappy")]
    [InlineData("json", "zlib")]
    [InlineData("json", "none")]
    [InlineData("text", "gzip")]
    [InlineData("text", "zstd")]
    public void Every_line_is_read_back_once_and_in_order(string format, string compression)
    {
        stage.Outputs = [new OutputYaml(More: $"format: {format}, compression: {compression}", Catalog: "interval: 300ms")];
        var options = new NodeOptions { Time = TimeProvider.System, Pods = 4, Containers = 8, MaxFileBytes = 100_000, CutRecords = false, RestartChance = 0.005 };
        using var node = new NodeSimulator(stage.Tree.Root, options);
        using (var clockwork = new NodeClockwork(node, BytesPerSecond))
        {
            clockwork.Start();
            for (int life = 0; life < 2; life++)
            {
                Agent agent = stage.Start();
                agent.AwaitUploaded(500);
                agent.Kill();
                agent.WaitForExit();
            }

            clockwork.Stop();
        }

        Agent last = stage.Start();
        if (format == "json")
            stage.AwaitStored(node.Ledger);
        last.Stop();
        Assert.Equal(0, stage.RunOnce());
        Assert.NotEqual(0, node.Stats.Rotations);

        List<IGrouping<string, string>> prefixes = [.. StoredRecords.Keys(stage.Objects).GroupBy(key => key[..key.LastIndexOf('/')])];
        foreach (IGrouping<string, string> prefix in prefixes)
        {
            string[] names = prefix.Key["persisted-logs/namespace-".Length..].Split([".pod-", ".cont-"], StringSplitOptions.None);
            List<string> stored = [.. prefix.SelectMany(key => StoredRecords.LinesOf(stage.Objects, key)).Select(line => format == "json" ? StoredRecords.TextOf(line) : line)];

            Assert.Equal(stored, Lines("logs", names[1], "-n", names[0], "-c", names[2], "--all-restarts", "-o", "raw"));
            Assert.Equal(stored.TakeLast(25), Lines("logs", names[1], "-n", names[0], "-c", names[2], "--all-restarts", "-o", "raw", "--tail", "25"));
        }

        // All together: each record once, and each container's in its own order.
        IReadOnlyList<string> all = Lines("logs", "-A", "--all-restarts", "-o", format == "json" ? "jsonl" : "raw");
        Assert.Equal(StoredRecords.Lines(stage.Objects).Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
        if (format == "json")
            Assert.Equal(StoredRecords.Lines(stage.Objects).GroupBy(ContainerOf).ToDictionary(g => g.Key, g => g.ToList()), all.GroupBy(ContainerOf).ToDictionary(g => g.Key, g => g.ToList()));
    }

    /// <summary>Pods of one name in two namespaces, in a layout whose keys have neither.</summary>
    [Fact]
    public void Several_namespaces_are_listed_where_keys_do_not_have_them()
    {
        stage.Outputs = [new OutputYaml(More: "keyPrefix: all/", Catalog: "enabled: true")];
        new PodLog(stage.Tree).WriteRaw(Line(0, "of shop"));
        new PodLog(stage.Tree, space: "data", id: new string('b', 64)).WriteRaw(Line(1, "of data"));
        Assert.Equal(0, stage.RunOnce());

        foreach (string[] command in (string[][])[["logs", "cart"], ["logs", "cart", "--tail", "1"], ["export", "cart", stage.Sub("files"), "--to", "jsonl"]])
        {
            CommandRun several = Read([.. command, "--key-prefix", "all/"]);
            Assert.Equal((2, ""), (several.ExitCode, several.Output));
            Assert.Contains("Pods of the name cart are in several namespaces: data, shop. Give one with -n, or all with -A.", several.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(["of shop"], Lines("logs", "cart", "-n", "shop", "--key-prefix", "all/"));
        Assert.Equal(["[data/cart/app] of data", "[shop/cart/app] of shop"], Lines("logs", "cart", "-A", "--prefix", "--key-prefix", "all/").Order(StringComparer.Ordinal));

        // The catalog names the containers, and one object has lines of both.
        Assert.Equal(
            ["NAMESPACE POD CONTAINER LINES OBJECTS", "data cart app - 1", "shop cart app - 1"],
            Lines("ls", "--key-prefix", "all/").Select(row => row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(row => $"{row[0]} {row[2]} {row[3]} {row[7]} {row[9]}"));

        CommandRun none = Read("logs", "nosuch", "--key-prefix", "all/");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("Similar names: cart.", none.Errors, StringComparison.Ordinal);
        Assert.Empty(Lines("logs", "cart", "-A", "--tail", "0", "--key-prefix", "all/"));
    }

    [Fact]
    public void Containers_are_merged_by_time_and_lives_are_told_apart()
    {
        PodLog app = new(stage.Tree), proxy = new(stage.Tree, container: "proxy", id: new string('b', 64));
        app.WriteRaw(Line(0, "a0") + Line(2, "a2", "stderr") + Line(4, "a4"));
        proxy.WriteRaw(Line(1, "p1") + Line(3, "p3"));
        File.WriteAllText(app.FilePath.Replace("0.log", "1.log", StringComparison.Ordinal), Line(6, "second life"));
        File.CreateSymbolicLink(Path.Combine(stage.Tree.Containers, $"cart_shop_app-{new string('c', 64)}.log"), app.FilePath.Replace("0.log", "1.log", StringComparison.Ordinal));
        Assert.Equal(0, stage.RunOnce());

        Assert.Equal(["a0", "p1", "a2", "p3", "a4", "second life"], Lines("logs", "cart", "--all-restarts"));
        Assert.Equal(["p1", "p3", "second life"], Lines("logs", "cart", "-n", "shop"));
        Assert.Equal(["a0", "a2", "a4"], Lines("logs", "cart", "-n", "shop", "-c", "app", "--previous"));
        Assert.Equal(["a2"], Lines("logs", "cart", "--all-restarts", "--stream", "stderr"));
        Assert.Equal(["a2", "p3", "a4"], Lines("logs", "ca*", "--all-restarts", "--since-time", "2026-11-21T00:00:02Z", "--until-time", "2026-11-21T00:00:05Z"));
        Assert.Equal(["[cart/proxy] 2026-11-21T00:00:03.000000000Z p3"], Lines("logs", "cart", "--prefix", "--timestamps", "--grep", "p3"));
        Assert.Equal(["a0", "a2", "a4", "second life"], Lines("logs", "cart", "-c", "app", "--all-restarts", "--grep", "a0|second", "-C", "1"));
        Assert.Equal(["p3", "second life"], Lines("logs", "pod/cart", "--tail", "2"));

        string line = Assert.Single(Lines("logs", "cart", "-c", "app", "-o", "jsonl"));
        Assert.Equal("second life", StoredRecords.TextOf(line));
        Assert.Equal(StoredRecords.Lines(stage.Objects).Single(one => one.Contains("second life", StringComparison.Ordinal)), line);
    }

    [Fact]
    public void What_is_not_there_is_said_with_the_nearest_names()
    {
        new PodLog(stage.Tree, pod: "cart-1").Write("a line");
        Assert.Equal(0, stage.RunOnce());

        CommandRun none = Read("logs", "carx-1", "-n", "shop");
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Contains("No logs of carx-1 in namespace shop", none.Errors, StringComparison.Ordinal);
        Assert.Contains("cart-1", none.Errors, StringComparison.Ordinal);

        CommandRun noLine = Read("logs", "cart-1", "--grep", "nothing like it");
        Assert.Equal((1, ""), (noLine.ExitCode, noLine.Output));
        Assert.Contains("No line matches in 1 object.", noLine.Errors, StringComparison.Ordinal);

        CommandRun noContainer = Read("logs", "cart-1", "-n", "shop", "-c", "nope");
        Assert.Equal((1, ""), (noContainer.ExitCode, noContainer.Output));
        Assert.Contains("cart-1 in namespace shop has no stored lines of a container nope. Its containers: app.", noContainer.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("nearest", noContainer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_do_not_say_their_run_are_told()
    {
        stage.Outputs = [new OutputYaml(More: "format: text")];
        new PodLog(stage.Tree, pod: "cart-1").Write("a line");
        Assert.Equal(0, stage.RunOnce());

        CommandRun last = Read("logs", "cart-1");
        Assert.Equal((0, "a line\n"), (last.ExitCode, last.Output));
        Assert.Contains("do not say in which run", last.Errors, StringComparison.Ordinal);
        Assert.Equal("", Read("logs", "cart-1", "--all-restarts").Errors);
    }

    /// <summary>Keys that say the container alone: the catalog tells which of the objects are the pod's.</summary>
    [Fact]
    public void A_pod_that_keys_do_not_name_is_found_by_the_catalog()
    {
        stage.Outputs = [new OutputYaml(More: "keyPrefix: 'persisted-logs/{.kubernetes.container_name||\"none\"}/'", Catalog: "enabled: true")];
        for (int i = 0; i < 5; i++)
            new PodLog(stage.Tree, pod: $"cart-{i}", container: $"app-{i}", id: new string((char)('a' + i), 64), uid: $"{i}2222222-2222-4333-8444-555555555555").Write($"of pod {i}");
        Assert.Equal(0, stage.RunOnce());

        string[] layout = ["--key-prefix", """persisted-logs/{.kubernetes.container_name||"none"}/"""];
        Assert.Equal(["of pod 3"], Lines(["logs", "cart-3", "-n", "shop", .. layout]));
        CommandRun none = Read(["logs", "cart-3", "-n", "shop", "--grep", "nothing like it", .. layout]);
        Assert.Contains("No line matches in 1 object.", none.Errors, StringComparison.Ordinal);

        Directory.Delete(Path.Combine(stage.Objects, "persisted-logs/_catalog"), recursive: true);
        Assert.Equal(["of pod 3"], Lines(["logs", "cart-3", "-n", "shop", .. layout]));
        none = Read(["logs", "cart-3", "-n", "shop", "--grep", "nothing like it", .. layout]);
        Assert.Contains("No line matches in 5 objects.", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_namespaces_with_the_name_are_listed_not_guessed()
    {
        new PodLog(stage.Tree, space: "prod").Write("prod");
        new PodLog(stage.Tree, space: "test", id: new string('b', 64), uid: "22222222-2222-4333-8444-555555555555").Write("test");
        Assert.Equal(0, stage.RunOnce());

        CommandRun several = Read("logs", "cart");
        Assert.Equal((2, ""), (several.ExitCode, several.Output));
        Assert.Contains("prod, test", several.Errors, StringComparison.Ordinal);
        Assert.Equal(["test"], Lines("logs", "cart", "-n", "test"));
        Assert.Equal(["prod", "test"], Lines("logs", "cart", "-A").Order(StringComparer.Ordinal));
        Assert.Equal(["prod", "test"], Lines("logs", "-A", "cart").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_damaged_object_is_named_and_the_rest_is_shown()
    {
        new PodLog(stage.Tree).WriteMany(100);
        new PodLog(stage.Tree, pod: "other", id: new string('b', 64), uid: "22222222-2222-4333-8444-555555555555").Write("whole");
        Assert.Equal(0, stage.RunOnce());
        string key = StoredRecords.Keys(stage.Objects).Single(one => one.Contains("pod-cart", StringComparison.Ordinal));
        using (FileStream file = File.OpenWrite(Path.Combine(stage.Objects, key))) file.SetLength(file.Length - 3);

        CommandRun damaged = Read("logs", "-n", "shop", "-o", "raw");
        Assert.Equal(1, damaged.ExitCode);
        Assert.Equal(101, damaged.Output.Count(c => c == '\n'));
        Assert.Contains($"Damaged: {key}: it ends within a gzip trailer", damaged.Errors, StringComparison.Ordinal);

        CommandRun got = Read("get", key);
        Assert.Equal((1, 100), (got.ExitCode, got.Output.Count(c => c == '\n')));
        Assert.Contains("Damaged", got.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_store_refuses_is_told_with_the_permission()
    {
        using var server = new Scripted(_ => Answer.S3(403, "AccessDenied"));

        CommandRun refused = CommandRun.Of(
            "env", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", CollectorBinary.Path, "logs", "cart", "-n", "shop", "--from", $"s3://logs?endpoint={server.Endpoint}&region=us-east-1");

        Assert.Equal((5, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("s3:ListBucket", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_reads_no_further_ends_it_at_once()
    {
        new PodLog(stage.Tree).WriteMany(200_000);
        Assert.Equal(0, stage.RunOnce());

        CommandRun piped = CommandRun.Of("bash", "-c", $"'{CollectorBinary.Path}' logs cart --from '{stage.Objects}' | head -n 1; echo ${{PIPESTATUS[0]}}");

        Assert.Equal("0 ".PadRight(40, 'x') + "\n0\n", piped.Output);
        Assert.DoesNotContain("roken pipe", piped.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_agents_configuration_says_where()
    {
        new PodLog(stage.Tree).Write("a line");
        stage.Outputs = [new OutputYaml("one"), new OutputYaml("two", Path: stage.Sub("objects2"), More: "keyPrefix: 'x/{.kubernetes.pod_name||\"none\"}/'")];
        Directory.CreateDirectory(stage.Sub("objects2"));
        Assert.Equal(0, stage.RunOnce());

        CommandRun which = CommandRun.Collector("logs", "cart", "-c", stage.ConfigPath);
        Assert.Equal(2, which.ExitCode);
        Assert.Contains("one of one, two", which.Errors, StringComparison.Ordinal);
        Assert.Equal("a line\n", CommandRun.Collector("logs", "cart", "-c", stage.ConfigPath, "--output", "two").Output);
        Assert.Equal("a line\n", CommandRun.Collector("logs", "cart", "-c", "app", "--config", stage.ConfigPath, "--output", "two").Output);

        CommandRun list = CommandRun.Collector("ls", "-c", stage.ConfigPath, "--output", "one");
        Assert.True(list.ExitCode == 0, list.Errors);
        Assert.Matches("(?m)^shop +cart +app +2", list.Output);
        string key = StoredRecords.Keys(stage.Objects).Single();
        Assert.Equal("a line", StoredRecords.TextOf(CommandRun.Collector("get", key, "-c", stage.ConfigPath, "--output", "one").Output));
    }

    [Fact]
    public void Following_what_is_not_stored_says_so_and_waits()
    {
        new PodLog(stage.Tree).Write("one");
        Assert.Equal(0, stage.RunOnce());
        using CollectorProcess follow = CollectorProcess.Start(CollectorBinary.Path, stage.Sub("follow"), "logs", "nobody", "-n", "shop", "-f", "--from", $"file://{stage.Objects}");

        Retry.Within(() => follow.HasExited || File.ReadAllText(follow.ErrorPath).Contains("Waiting for lines", StringComparison.Ordinal), Agent.Patience);

        Assert.False(follow.HasExited);
        Assert.StartsWith("No logs of nobody in namespace shop", File.ReadAllText(follow.ErrorPath), StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Lines(params string[] arguments)
    {
        CommandRun run = Read(arguments);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output.Split('\n')[..^1];
    }

    private CommandRun Read(params string[] arguments) => CommandRun.Collector([.. arguments, "--from", stage.Objects]);

    private static string Line(int second, string text, string stream = "stdout") => $"2026-11-21T00:00:{second:00}.000000000Z {stream} F {text}\n";

    private static string ContainerOf(string line)
    {
        JsonElement kubernetes = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("kubernetes");
        return $"{kubernetes.GetProperty("namespace_name")}/{kubernetes.GetProperty("pod_name")}/{kubernetes.GetProperty("container_name")}";
    }

    /// <summary>A scripted server that a synchronous test disposes.</summary>
    private sealed class Scripted(Func<ReceivedRequest, Answer> serve) : IDisposable
    {
        private readonly ScriptedServer server = ScriptedServer.Start(serve);

        public string Endpoint => server.Endpoint.ToString().TrimEnd('/');

        public void Dispose() => server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
