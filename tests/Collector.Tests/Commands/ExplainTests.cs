using System.Text.Json;
using Collector.Commands;
using Collector.Kubernetes;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector explain</c>, on directories as a node has them.</summary>
public sealed class ExplainTests : IDisposable
{
    private const string Uid = "11111111-2222-4333-8444-555555555555";
    private const string PodDirectory = $"shop_cart_{Uid}/app";
    private static readonly string s_id = new('a', 64);
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("collector-explain-");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task A_containers_log_goes_to_the_outputs_that_match_under_their_keys()
    {
        Pod("0.log");
        Configure(outputs: """
            - {name: all, store: {type: filesystem, path: /a}, keyPrefix: 'x/{.kubernetes.pod_name||"none"}/'}
            - {name: streams, store: {type: s3, bucket: my-logs}, keyPrefix: 'y/{.stream||"none"}/', format: text, compression: zstd}
            - {name: other, match: {namespaces: {include: [kube-*]}}, store: {type: filesystem, path: /c}}
            """);

        var file = Assert.Single(await ExplainAsync());

        Assert.Equal($"{root}/pods/{PodDirectory}/0.log", Text(file, "path"));
        Assert.Equal(("containers", "shop", "cart", "app"), (Text(file, "source"), Text(file, "namespace"), Text(file, "pod"), Text(file, "container")));
        Assert.True(file.GetProperty("isCollected").GetBoolean());
        var outputs = file.GetProperty("outputs").EnumerateArray().ToList();
        Assert.Matches(@"^x/cart/\d{13}-n1-<chunk id>\.jsonl\.gz$", Assert.Single(Texts(outputs[0], "keys")));
        Assert.Equal("s3://my-logs", Text(outputs[1], "store"));
        Assert.Collection(Texts(outputs[1], "keys"), key => Assert.Matches(@"^y/stdout/.*\.log\.zst$", key), key => Assert.Matches(@"^y/stderr/.*\.log\.zst$", key));
        Assert.Equal("match.namespaces.include does not include the namespace shop", Text(outputs[2], "why"));
        Assert.Empty(Texts(outputs[2], "keys"));
    }

    [Theory]
    [InlineData("{sources: [app]}", "match.sources does not name the source containers")]
    [InlineData("{logTypes: [audit]}", "match.logTypes does not name the log type application")]
    [InlineData("{namespaces: {exclude: [shop]}}", "match.namespaces.exclude excludes the namespace shop")]
    public async Task An_output_that_does_not_match_says_which_part_of_its_match_it_is(string match, string why)
    {
        Pod("0.log");
        Configure($"- {{match: {match}, store: {{type: filesystem, path: /a}}}}", sources: $"- {{name: app, type: file, path: {root}/app/*.log}}");

        var file = Assert.Single(await ExplainAsync());

        Assert.False(file.GetProperty("isCollected").GetBoolean());
        Assert.Equal(why, Text(file.GetProperty("outputs")[0], "why"));
    }

    [Fact]
    public async Task What_is_left_out_says_why()
    {
        Pod("0.log", "1.log", "1.log.20261121-000000", "1.log.20261121-000000.gz", "1.log.20261120-000000.gz", "2.log.tmp");
        foreach (var name in (string[])["a.log", "a.log.1", "a.log.2.xz", "debug.log", "notes.txt"])
            File.WriteAllText(Sub("app", name), "x\n");
        File.CreateSymbolicLink(Sub("app", "link.log"), "a.log");
        File.CreateSymbolicLink(Sub("app", "out.log"), "/etc/hostname");
        Configure(sources: $"- {{name: app, type: file, path: {root}/app/*.log, excludePaths: [{root}/app/debug*]}}");

        var why = (await ExplainAsync()).ToDictionary(f => Path.GetFileName(Text(f, "path")), f => f.TryGetProperty("why", out var said) ? said.GetString() : null);

        Assert.Equal(
            ["0.log", "1.log", "1.log.20261120-000000.gz", "1.log.20261121-000000", "1.log.20261121-000000.gz", "a.log", "a.log.1", "a.log.2.xz", "debug.log", "link.log", "out.log"],
            why.Keys.Order(StringComparer.Ordinal));
        Assert.All((string[])["0.log", "1.log", "1.log.20261120-000000.gz", "1.log.20261121-000000", "a.log", "a.log.1"], name => Assert.Null(why[name]));
        Assert.Equal("the uncompressed file is beside it and is read instead", why["1.log.20261121-000000.gz"]);
        Assert.Equal("its compression is not supported; configure the rotation to use gzip", why["a.log.2.xz"]);
        Assert.Equal($"excludePaths has {root}/app/debug*", why["debug.log"]);
        Assert.Equal("it is a link to a.log, which is read by its own name", why["link.log"]);
        Assert.StartsWith($"{root}/app/out.log is a link to /etc/hostname, and the collector does not follow links", why["out.log"]);
    }

    [Theory]
    [InlineData("collector/exclude", "true", false, 0)]
    [InlineData("collector/exclude-stdout", "true", true, 1)]
    [InlineData("other", "true", true, 2)]
    public async Task The_pods_that_the_agent_keeps_tell_labels_and_annotations(string annotation, string value, bool isCollected, int keys)
    {
        Pod("0.log");
        Keep(new Pod
        {
            Uid = Uid,
            PathUid = Uid,
            Namespace = "shop",
            Name = "cart",
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = "cart" },
            Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [annotation] = value },
        });
        Configure("- {name: other, match: {podLabels: {app: web}}, store: {type: filesystem, path: /b}}\n- {match: {podLabels: {app: cart}}, store: {type: filesystem, path: /a}, keyPrefix: '{.kubernetes.labels.app||\"none\"}-{.stream||\"none\"}/'}", kubernetes: true);

        var file = Assert.Single(await ExplainAsync());

        Assert.Equal(isCollected, file.GetProperty("isCollected").GetBoolean());
        Assert.Equal(keys, file.GetProperty("outputs").EnumerateArray().Sum(o => Texts(o, "keys").Count));
        Assert.Equal(annotation == "collector/exclude", file.TryGetProperty("why", out _));
        if (file.GetProperty("outputs") is { } outputs && outputs.GetArrayLength() > 0)
            Assert.Equal("match.podLabels selects by labels that the pod does not have", Text(outputs[0], "why"));
        Assert.Equal(annotation == "collector/exclude-stdout" ? ["its stdout is excluded by an annotation of the pod"] : [], Texts(file, "notes"));
    }

    [Fact]
    public async Task A_pod_that_is_not_known_is_told()
    {
        Pod("0.log");
        Configure("- {match: {podLabels: {app: cart}}, store: {type: filesystem, path: /a}}", kubernetes: true);

        var file = Assert.Single(await ExplainAsync());

        Assert.Equal("match.podLabels selects by pod labels, and the labels of this pod are not known here", Text(file.GetProperty("outputs")[0], "why"));
        Assert.StartsWith("its pod is not known here", Assert.Single(Texts(file, "notes")));
    }

    [Fact]
    public async Task A_path_is_a_file_a_link_or_a_directory()
    {
        Pod("0.log", "1.log");
        Configure();

        Assert.Single(await ExplainAsync($"{root}/pods/{PodDirectory}/1.log"));
        Assert.Equal(2, (await ExplainAsync($"{root}/containers/cart_shop_app-{s_id}.log")).Count);
        Assert.Equal(2, (await ExplainAsync($"{root}/pods/")).Count);
    }

    [Fact]
    public async Task A_path_that_no_source_takes_is_1_and_says_what_the_sources_read()
    {
        Pod("0.log");
        Configure();

        var (code, output, error) = await RunAsync("explain", "-c", Sub("collector.yaml"), Sub("pods", "other.log"));

        Assert.Equal(ExitCode.Incomplete, code);
        Assert.StartsWith("0 of 0 files", output);
        Assert.Equal($"{root}/pods/other.log: no source matches it, and the file does not exist. source containers reads {root}/containers/*.log and what these link to below {root}/pods.\n", error);
    }

    [Fact]
    public async Task A_person_reads_it_as_text_with_a_record_where_a_path_is_given()
    {
        Pod("0.log");
        Configure();

        var (code, all, _) = await RunAsync("explain", "-c", Sub("collector.yaml"));
        var (_, one, _) = await RunAsync("explain", "-c", Sub("collector.yaml"), Sub("pods"));

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"0.log: 2 bytes, live\n  source containers: its link {root}/containers/cart_shop_app-{s_id}.log matches path {root}/containers/*.log\n  pod shop/cart, container app, restart 0, application\n  output default: file:///a, because the output has no match, so it gets everything\n    key persisted-logs/namespace-shop.pod-cart.cont-app/", all);
        Assert.EndsWith("\n1 of 1 file (2 bytes) would be collected.\n", all);
        Assert.DoesNotContain("  record ", all);
        Assert.Contains("  record {\"time\":\"…\",\"stream\":\"…\",\"log\":\"…\",\"log_type\":\"application\",", one);
        Assert.Contains("  generation none yet: the data dir has no position of this file\n", one);
    }

    /// <summary>The last one that is a record by itself: not a part, not one that ends a part, not an excluded stream, not a line that is still written.</summary>
    [Theory]
    [InlineData("#1Z stdout F a|#2Z stdout F b|", "b")]
    [InlineData("#1Z stdout F a|#2Z stdout F half", "a")]
    [InlineData("#1Z stdout F a|#2Z stdout P b|#3Z stdout F c|", "a")]
    [InlineData("#1Z stdout F a|#2Z stdout P b|#3Z stderr F err|", "err")]
    [InlineData("#1Z stdout F a|#2Z stdout P b|", "a")]
    [InlineData("#1Z stdout F a|no such line|", "a")]
    [InlineData("{'log':'docker\\n','stream':'stderr','time':'2026-11-21T00:00:02Z'}|", "docker")]
    [InlineData("#1Z stdout P a|", null)]
    [InlineData("", null)]
    public async Task A_record_is_the_last_whole_one(string log, string? text)
    {
        Pod("0.log");
        Configure();
        File.WriteAllText(Sub("pods", PodDirectory, "0.log"), log.Replace('|', '\n').Replace('\'', '"').Replace("#", "2026-11-21T00:00:0"));

        var file = Assert.Single(await ExplainAsync(Sub("pods")));

        Assert.Equal(text, file.TryGetProperty("record", out var record) ? Text(record, "log") : null);
    }

    [Fact]
    public async Task A_record_is_not_looked_for_beyond_the_end_of_a_log()
    {
        Pod("0.log");
        Configure();
        File.WriteAllText(Sub("pods", PodDirectory, "0.log"), $"2026-11-21T00:00:00Z stdout F {new string('x', 70_000)}\n");
        Assert.False(Assert.Single(await ExplainAsync(Sub("pods"))).TryGetProperty("record", out _));
    }

    [Fact]
    public async Task A_record_of_a_stream_that_is_excluded_is_not_shown()
    {
        Pod("0.log");
        Keep(new Pod { Uid = Uid, PathUid = Uid, Namespace = "shop", Name = "cart", Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { ["collector/exclude-stderr"] = "true" } });
        Configure(kubernetes: true);
        File.WriteAllText(Sub("pods", PodDirectory, "0.log"), "2026-11-21T00:00:00Z stdout F out\n2026-11-21T00:00:01Z stderr F err\n");
        Assert.Equal("out", Text(Assert.Single(await ExplainAsync(Sub("pods"))).GetProperty("record"), "log"));
    }

    [Theory]
    [InlineData("{sources: [containers]}", "the log matches match.sources")]
    [InlineData("{logTypes: [application], namespaces: {include: [shop], exclude: [kube-*]}}", "the log matches match.logTypes and match.namespaces.include and match.namespaces.exclude")]
    public async Task An_output_that_takes_a_log_says_by_which_rule(string match, string why)
    {
        Pod("0.log");
        Configure($"- {{match: {match}, store: {{type: filesystem, path: /a}}}}");
        Assert.Contains($"  output default: file:///a, because {why}\n", (await RunAsync("explain", "-c", Sub("collector.yaml"))).Output);
    }

    [Fact]
    public async Task Mistakes_are_1_and_nothing_is_written()
    {
        Pod("0.log");
        Configure();
        Assert.Equal(ExitCode.Done, (await RunAsync("explain", "-c", Sub("collector.yaml"))).Code);
        Assert.False(Directory.Exists(Sub("data")));

        File.AppendAllText(Sub("collector.yaml"), "nope: 1\n");
        var (code, output, error) = await RunAsync("explain", "-c", Sub("collector.yaml"));

        Assert.Equal((ExitCode.Incomplete, ""), (code, output));
        Assert.StartsWith("nope (line ", error);
    }

    private async Task<List<JsonElement>> ExplainAsync(params string[] paths)
    {
        var (code, output, error) = await RunAsync(["explain", "--json", "-c", Sub("collector.yaml"), .. paths]);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private void Pod(params string[] logs)
    {
        Directory.CreateDirectory(Sub("pods", PodDirectory));
        Directory.CreateDirectory(Sub("containers"));
        Directory.CreateDirectory(Sub("app"));
        foreach (var log in logs)
            File.WriteAllText(Sub("pods", PodDirectory, log), "x\n");
        File.CreateSymbolicLink(Sub("containers", $"cart_shop_app-{s_id}.log"), $"/var/log/pods/{PodDirectory}/0.log");
    }

    private void Keep(Pod pod)
    {
        Directory.CreateDirectory(Sub("data", "pods"));
        File.WriteAllBytes(Sub("data", "pods", pod.Uid + ".json"), PodFile.Write(pod).ToArray());
        File.WriteAllText(Sub("data", "pods", "damaged.json"), "{");
    }

    private void Configure(string outputs = "- {store: {type: filesystem, path: /a}}", string sources = "", bool kubernetes = false) => File.WriteAllText(Sub("collector.yaml"), $"""
        node: n1
        dataDir: {root}/data
        kubernetes: {"{"}enabled: {(kubernetes ? "true" : "false")}{"}"}
        sources:
        - {"{"}type: containers, path: {root}/containers/*.log, podLogs: {root}/pods{"}"}
        {sources}
        outputs:
        {outputs}

        """);

    private string Sub(params string[] parts) => Path.Combine([root.FullName, .. parts]);

    private static string Text(JsonElement from, string name) => from.GetProperty(name).GetString()!;

    private static List<string> Texts(JsonElement from, string name) => [.. from.GetProperty(name).EnumerateArray().Select(t => t.GetString()!)];

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
