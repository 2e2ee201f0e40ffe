using Collector.EndToEnd.Harness;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary><c>keyPrefix</c> of contract §4, as it comes out in the store.</summary>
public sealed class KeyPrefixTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>S-92: by the record's own time, not by when it arrives.</summary>
    [Fact]
    public void A_record_of_before_midnight_goes_to_yesterdays_partition()
    {
        Prefix("""{.kubernetes.namespace_name||"none"}/{"%Y/%m/%d/%H"}/""");
        new PodLog(stage.Tree).WriteRaw("""
            2026-11-20T23:59:59.9Z stdout F yesterday
            2026-11-21T00:00:00Z stdout F today
            2026-11-21T01:30:00+02:00 stdout F yesterday, said elsewhere
            2026-11-20T23:59:59.999999999Z stdout F yesterday, late

            """);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["yesterday", "yesterday, said elsewhere", "yesterday, late"], StoredRecords.Texts(Path.Combine(stage.Objects, "shop/2026/11/20/23")));
        Assert.Equal(["today"], StoredRecords.Texts(Path.Combine(stage.Objects, "shop/2026/11/21/00")));
        Assert.Equal(4, StoredRecords.Lines(stage.Objects).Count);
    }

    /// <summary>S-91.</summary>
    [Fact]
    public void Missing_fields_fall_back()
    {
        File.WriteAllText(stage.Sub("app.log"), "a line\n");
        stage.Sources = [stage.ContainersSource(), $"{{type: file, name: app, path: {stage.Sub("app.log")}, logSource: app}}"];
        Prefix("""{.kubernetes.labels."app.kubernetes.io/name"||.kubernetes.container_name||.log_source||"none"}/team={.kubernetes.labels.team||"none"}/""");
        new PodLog(stage.Tree, container: "web").Write("from a pod");
        Agent agent = stage.Start();
        agent.AwaitUploaded(2);
        Assert.Equal(["app/team=none", "web/team=none"], Prefixes());
    }

    /// <summary>S-91: nothing that a name holds leaves its segment or its limits.</summary>
    [Theory]
    [InlineData("..", "pod-none")]
    [InlineData(".", "pod-none")]
    [InlineData("a b=c\\d", "pod-a_b_c_d")]
    [InlineData("x\ny\u001b[31m", "pod-x_y__31m")]
    [InlineData("weiß", "pod-wei_")]
    public void Odd_names_stay_in_their_segment(string pod, string segment)
    {
        Prefix("""pod-{.kubernetes.pod_name||"none"}/""");
        new PodLog(stage.Tree, pod).Write("a line");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(segment, Assert.Single(Prefixes()));
        Assert.Equal([pod], StoredRecords.All(stage.Objects).Select(r => r.GetProperty("kubernetes").GetProperty("pod_name").GetString()));
    }

    /// <summary>S-91: segments of 200 bytes, keys of 1,024.</summary>
    [Fact]
    public void Long_names_are_cut_and_told_apart()
    {
        string text = string.Concat(Enumerable.Repeat("segment-of-20-bytes_", 7));
        Prefix($$"""{{text}}{.kubernetes.pod_name||"none"}/""");
        string pod = new('p', 90);
        new PodLog(stage.Tree, pod + "1", uid: "u1").Write("one");
        new PodLog(stage.Tree, pod + "2", uid: "u2").Write("two");
        Assert.Equal(0, stage.RunOnce());
        IReadOnlyList<string> prefixes = Prefixes();
        Assert.Equal(2, prefixes.Count);
        Assert.All(prefixes, p => Assert.InRange(p.Length, 150, 200));
    }

    private IReadOnlyList<string> Prefixes() => [.. StoredRecords.Keys(stage.Objects).Select(k => Path.GetDirectoryName(k)!)];

    private void Prefix(string template) => stage.Outputs = [new OutputYaml(More: $"keyPrefix: '{template}'")];
}
