using System.Text;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class KeyTemplateTests
{
    private const string Default =
        "persisted-logs/namespace-{.kubernetes.namespace_name||\"none\"}.pod-{.kubernetes.pod_name||.hostname||\"none\"}" +
        ".cont-{.kubernetes.container_name||.log_source||\"none\"}/";

    private static readonly RecordTime s_time = At("2026-11-20T23:59:59.9Z");

    [Fact]
    public void The_default_names_namespace_pod_and_container()
    {
        var identity = new RecordIdentity { Namespace = "shop", PodName = "cart-7d9f", ContainerName = "cart", Hostname = "node-1" };
        Assert.Equal("persisted-logs/namespace-shop.pod-cart-7d9f.cont-cart/", Render(Default, identity));
        Assert.Equal(
            "persisted-logs/namespace-none.pod-node-1.cont-file/",
            Render(Default, new RecordIdentity { Hostname = "node-1", LogSource = "file" }));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a=b/c_d.e-f/", "a=b/c_d.e-f/")]
    [InlineData("{.cluster||\"none\"}/{.stream||\"file\"}/", "dev/stderr/")]
    [InlineData("{.kubernetes.labels.\"app.kubernetes.io/name\"||\"none\"}", "cart")]
    [InlineData("{.kubernetes.labels.tier||.kubernetes.restart_count||\"none\"}", "3")]
    [InlineData("{.kubernetes.unheard_of||\"none\"}", "none")]
    [InlineData("dt={\"%Y/%m/%d/%H\"}/", "dt=2026/11/20/23/")]
    [InlineData("{\"%F_%H-%M\"}", "2026-11-20_23-59")]
    [InlineData("{\"%H.%M.%S\"}/{\"%s\"}", "23.59.59/1795219199")]
    [InlineData("logs_{.kubernetes.pod_name||.hostname||\"unknown\"}_of_{.openshift.sequence_id||\"none\"}", "logs_unknown_of_none")]
    [InlineData("{.source||\"none\"}/{.file.dir||\"none\"}/{.file.name||\"none\"}", "audit/_var_log_go-audit/go-audit.log")]
    [InlineData("{.kubernetes.labels||\"none\"}{.cluster.name||\"none\"}{.kubernetes.labels.a.b||\"none\"}", "nonenonenone")]
    public void Renders_text_fields_and_dates(string template, string expected)
    {
        var labels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = "cart", ["tier"] = "" };
        Assert.Equal(expected, Render(template, new RecordIdentity { Cluster = "dev", Labels = labels, RestartCount = 3, Source = "audit", FilePath = "/var/log/go-audit/go-audit.log" }));
    }

    [Theory]
    [InlineData("/a", "begins with '/'")]
    [InlineData("a//b", "empty")]
    [InlineData("a/../b", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData("./a", "'.'")]
    [InlineData("a b", "' ' at character 2")]
    [InlineData("a}", "'}' at character 2")]
    [InlineData("é", "'é'")]
    [InlineData("{", "does not begin a field or a date")]
    [InlineData("{}", "does not begin a field or a date")]
    [InlineData("{.cluster}", "{.cluster||\"none\"}")]
    [InlineData("{.cluster||}", "quoted fallback")]
    [InlineData("{.cluster||none}", "quoted fallback")]
    [InlineData("{.cluster||\"none\"", "'}'")]
    [InlineData("{.cluster||\"none\"||.hostname}", "'}'")]
    [InlineData("{.cluster||\"\"}", "fallback \"\"")]
    [InlineData("{.cluster||\"..\"}", "fallback \"..\"")]
    [InlineData("{.cluster||\"a/b\"}", "fallback \"a/b\"")]
    [InlineData("{.||\"none\"}", "missing")]
    [InlineData("{.kubernetes.labels.\"app||\"none\"}", "fallback")]
    [InlineData("{\"%Y/%q\"}", "unknown code")]
    [InlineData("{\"%\"}", "unknown code")]
    [InlineData("{\"none\"}", "no date code")]
    [InlineData("{\"%Y:%m\"}", "':'")]
    [InlineData("{\"%Y", "not closed")]
    [InlineData("{\"%Y\"", "'}'")]
    [InlineData("{\"/%Y\"}", "begins with '/'")]
    public void Says_what_is_wrong_with_a_template(string text, string part)
    {
        Assert.False(KeyTemplate.TryParse(text, out var template, out var error));
        Assert.Null(template);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("source")]
    [InlineData("file.name")]
    [InlineData("kubernetes.pod_name")]
    [InlineData("kubernetes.annotations.team")]
    [InlineData("message", "no record has .message")]
    [InlineData("openshift.sequence_id", "no record has .openshift.sequence_id")]
    [InlineData("file", "write .file.name or .file.dir")]
    [InlineData("kubernetes", "has no value")]
    [InlineData("kubernetes.labels", ".kubernetes.labels has no value")]
    [InlineData("kubernetes.namespce_name", "no record has .kubernetes.namespce_name")]
    [InlineData("kubernetes.labels.app.kubernetes", "quote a name that has dots: .kubernetes.labels.\"app.kubernetes\"")]
    [InlineData("kubernetes.pod_name.x", "goes too deep; write .kubernetes.pod_name")]
    public void What_no_record_has_is_told(string path, string? part = null)
    {
        var objection = RecordFields.Objection(path.Split('.'));
        if (part is null)
            Assert.Null(objection);
        else
            Assert.Contains(part, objection, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container", "dev/2026-11-20/audit/container/shop/cart-7d9f/cart/")]
    [InlineData("node", "dev/2026-11-20/audit/node/node-1/")]
    [InlineData("auditd", "dev/2026-11-20/audit/auditd/node-1/")]
    [InlineData("kubeAPI", "dev/2026-11-20/audit/kubeAPI/")]
    [InlineData("openshiftAPI", "dev/2026-11-20/audit/openshiftAPI/")]
    [InlineData("ovn", "dev/2026-11-20/audit/ovn/")]
    public void The_layout_of_openshift_depends_on_where_a_log_is_from(string logSource, string expected)
    {
        var pod = logSource == "container" ? new RecordIdentity { Namespace = "shop", PodName = "cart-7d9f", ContainerName = "cart" } : new RecordIdentity();
        var identity = pod with { Cluster = "dev", Hostname = "node-1", LogType = "audit", LogSource = logSource };
        Assert.True(OpenShiftLayout.Template.HasDate);
        Assert.Equal(expected, OpenShiftLayout.Template.Bind(identity, LogStream.None).Render(s_time));
    }

    /// <summary>S-91 and S-107: no value leaves its segment, whatever it holds.</summary>
    [Theory]
    [InlineData("", "none")]
    [InlineData(".", "none")]
    [InlineData("..", "none")]
    [InlineData("...", "...")]
    [InlineData("../../etc", ".._.._etc")]
    [InlineData("a/b=c", "a_b_c")]
    [InlineData("a\0b", "a_b")]
    [InlineData("é😀", "__")]
    public void A_value_stays_within_its_segment(string value, string expected)
    {
        var identity = new RecordIdentity { Annotations = new Dictionary<string, string> { ["a"] = value } };
        Assert.Equal($"x/{expected}/y/", Render("x/{.kubernetes.annotations.a||\"none\"}/y/", identity));
    }

    /// <summary>S-91 and S-107: 2,000 bytes.</summary>
    [Fact]
    public void A_long_segment_is_cut_and_ends_in_a_hash_of_the_whole()
    {
        const string Template = "x/{.kubernetes.annotations.a||\"none\"}/y/";
        string one = Render(Template, Annotated(new string('v', 2_000))), other = Render(Template, Annotated(new string('v', 2_001)));
        Assert.NotEqual(one, other);
        Assert.Equal(["x", "y", ""], one.Split('/').Where((_, i) => i != 1));
        Assert.Matches("^v{183}-[0-9a-f]{16}$", one.Split('/')[1]);
        Assert.Equal($"x/{new string('v', 200)}/y/", Render(Template, Annotated(new string('v', 200))));
    }

    [Fact]
    public void A_segment_that_the_object_name_goes_on_with_leaves_room_for_it()
    {
        var prefix = Render("x/{.kubernetes.annotations.a||\"none\"}", Annotated(new string('v', 2_000)));
        var key = ObjectKey.Format(prefix, 1_763_632_800_000, new string('n', 300), new string('c', 64), ObjectFormat.Json, Compression.Snappy);
        Assert.InRange(key.Split('/')[1].Length, 100, 255);
    }

    /// <summary>S-91: 1,024 bytes.</summary>
    [Theory]
    [InlineData("/")]
    [InlineData("")]
    public void No_key_is_longer_than_1024_bytes(string end)
    {
        var template = string.Join('/', Enumerable.Repeat("{.kubernetes.annotations.a||\"none\"}", 8)) + end;
        string one = Render(template, Annotated(new string('v', 150))), other = Render(template, Annotated(new string('w', 150)));
        Assert.NotEqual(one[^16..], other[^16..]);
        Assert.EndsWith(end, one, StringComparison.Ordinal);
        Assert.All(one.Split('/'), segment => Assert.InRange(segment.Length, 0, 200));
        var key = ObjectKey.Format(one, 1_763_632_800_000, new string('n', 300), new string('c', 64), ObjectFormat.Json, Compression.Snappy);
        Assert.InRange(key.Length, 700, 1024);
    }

    /// <summary>S-92: the record's own time decides, in UTC, whenever it arrives.</summary>
    [Fact]
    public void A_record_of_yesterday_goes_to_yesterday_s_partition()
    {
        var partition = Bind("{\"%F\"}/", new RecordIdentity());
        var arrival = At("2026-11-21T00:00:05Z");
        Assert.Equal("2026-11-20/", partition.Render(At("2026-11-20T23:59:59.9Z")));
        Assert.Equal("2026-11-20/", partition.Render(At("2026-11-21T00:59:59.9+01:00")));
        Assert.Equal("2026-11-21/", partition.Render(arrival));
        Assert.NotEqual(partition.PeriodOf(arrival), partition.PeriodOf(s_time));
    }

    [Theory]
    [InlineData("{\"%Y\"}/")]
    [InlineData("{\"%m\"}/{.cluster||\"none\"}")]
    [InlineData("{\"%F\"}/x")]
    [InlineData("{\"%F\"}/{\"%H\"}")]
    [InlineData("{\"%F-%H-%M\"}")]
    [InlineData("static/")]
    public void Times_of_one_period_render_alike(string template)
    {
        var partition = Bind(template, new RecordIdentity());
        var random = new Random(11);
        var last = s_time;
        for (var i = 0; i < 5_000; i++)
        {
            var next = new RecordTime(last.UnixNanoseconds + random.NextInt64(3_600_000_000_000));
            if (partition.PeriodOf(last) == partition.PeriodOf(next))
                Assert.Equal(partition.Render(last), partition.Render(next));
            last = next;
        }

        Assert.Equal(template == "static/", partition.PeriodOf(s_time) == partition.PeriodOf(last));
    }

    [Theory]
    [InlineData("a/", false, false)]
    [InlineData("{.stream||\"none\"}", true, false)]
    [InlineData("{.cluster||.stream||\"none\"}{\"%F\"}", true, true)]
    public void Tells_what_a_rendering_depends_on(string text, bool hasStream, bool hasDate)
    {
        Assert.True(KeyTemplate.TryParse(text, out var template, out _));
        Assert.Equal((hasStream, hasDate), (template.HasStream, template.HasDate));
    }

    [Theory]
    [InlineData(ObjectFormat.Json, Compression.None, "p/0000000000042-node_1-c7.jsonl")]
    [InlineData(ObjectFormat.Json, Compression.Gzip, "p/0000000000042-node_1-c7.jsonl.gz")]
    [InlineData(ObjectFormat.Text, Compression.Zstd, "p/0000000000042-node_1-c7.log.zst")]
    [InlineData(ObjectFormat.Text, Compression.Snappy, "p/0000000000042-node_1-c7.log.snappy")]
    [InlineData(ObjectFormat.Text, Compression.Zlib, "p/0000000000042-node_1-c7.log.zz")]
    public void A_key_is_prefix_time_node_and_chunk(ObjectFormat format, Compression compression, string expected) =>
        Assert.Equal(expected, ObjectKey.Format("p/", 42, "node/1", "c7", format, compression));

    private static RecordIdentity Annotated(string value) =>
        new() { Annotations = new Dictionary<string, string> { ["a"] = value } };

    private static RecordTime At(string text) =>
        RecordTime.TryParse(Encoding.UTF8.GetBytes(text), out var time) ? time : throw new ArgumentException(text, nameof(text));

    private static string Render(string template, RecordIdentity identity) => Bind(template, identity).Render(s_time);

    private static PartitionTemplate Bind(string text, RecordIdentity identity)
    {
        Assert.True(KeyTemplate.TryParse(text, out var template, out var error), error);
        return template.Bind(identity, LogStream.Stderr);
    }
}
