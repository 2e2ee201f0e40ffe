using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Records that get a new tag on their way: Fluentd's outputs that re-emit, and fluent-bit's <c>rewrite_tag</c>.</summary>
public sealed class ConvertRetagTests
{
    private const string ToS3 = "  @type s3\n  s3_bucket logs\n  path ${tag}/\n  <format>\n  @type json\n  </format>\n</match>\n";

    [Fact]
    public async Task Detect_exceptions_is_followed_and_only_the_joining_is_told()
    {
        var converted = await FluentdAsync("raw.kubernetes.*", $"<match raw.kubernetes.**>\n  @type detect_exceptions\n  remove_tag_prefix raw\n  message log\n  stream stream\n  multiline_flush_interval 5\n</match>\n<match kubernetes.**>\n{ToS3}");

        Assert.StartsWith("NOT CONVERTED: match detect_exceptions joins the lines of a trace into one record", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.DoesNotContain(converted.Errors, e => e.Contains("is left out", StringComparison.Ordinal));
        Assert.Equal("s3", Assert.Single(converted.Configuration.Outputs).Name);
        Assert.StartsWith("kubernetes.var.log.containers.", converted.Configuration.Outputs[0].KeyPrefix.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inside_a_label_the_new_tag_is_for_the_label_s_matches()
    {
        var converted = await FluentdAsync("raw.*", $"<label @K>\n<match raw.**>\n  @type detect_exceptions\n  remove_tag_prefix raw\n</match>\n<match **>\n{ToS3}</label>\n<match **>\n@type elasticsearch\n</match>\n", "@label @K");

        Assert.Single(converted.Weighty);
        Assert.Single(converted.Configuration.Outputs);
    }

    [Fact]
    public async Task Rules_of_namespaces_become_matches()
    {
        var converted = await FluentdAsync("kube.*", $$"""
            <filter kube.**>
              @type kubernetes_metadata
            </filter>
            <match kube.**>
              @type rewrite_tag_filter
              <rule>
                key $.kubernetes.namespace_name
                pattern /^shop$/
                tag shop.${tag}
              </rule>
              <rule>
                key log
                pattern /.+/
                tag rest
              </rule>
            </match>
            <match shop.**>
            {{ToS3}}
            <match rest>
            {{ToS3}}
            """);

        Assert.Empty(converted.Weighty);
        Assert.Equal([("shop", ""), ("", "shop")], converted.Configuration.Outputs.Select(o => (string.Join(',', o.Match.Namespaces.Include), string.Join(',', o.Match.Namespaces.Exclude))));
        Assert.Equal("rest/", converted.Configuration.Outputs[1].KeyPrefix.Text);
    }

    [Fact]
    public async Task A_rule_of_content_is_told()
    {
        var converted = await FluentdAsync("kube.*", $"<match kube.**>\n@type rewrite_tag_filter\n<rule>\nkey log\npattern /ERROR/\ntag errors.$1\n</rule>\n</match>\n<match errors.**>\n{ToS3}");

        Assert.Contains(converted.Weighty, e => e.Contains("match rewrite_tag_filter gives the tag errors.$1 only to records whose log matches /ERROR/; the collector stores all of them here", StringComparison.Ordinal));
        Assert.Single(converted.Configuration.Outputs);
    }

    [Theory]
    [InlineData("@type record_reformer\n  tag new.${tag_parts[0]}", "match record_reformer changes or drops records", "new.kube/")]
    [InlineData("@type retag\n  tag new.logs", null, "new.logs/")]
    [InlineData("@type retag\n  remove_prefix kube\n  add_prefix new", null, "new.var.log.containers.{")]
    public async Task Other_outputs_of_the_kind_are_followed(string match, string? remark, string prefix)
    {
        var converted = await FluentdAsync("kube.*", $"<match kube.**>\n  {match}\n</match>\n<match new.**>\n{ToS3}");

        Assert.StartsWith(prefix, Assert.Single(converted.Configuration.Outputs).KeyPrefix.Text, StringComparison.Ordinal);
        if (remark is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(remark, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_leads_back_is_told()
    {
        var converted = await FluentdAsync("kube.*", "<match **>\n  @type retag\n  add_prefix a\n</match>\n");

        Assert.Equal(1, converted.Code);
        Assert.Contains("sources: []", converted.Yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_only_another_kind_of_store_got_has_weight()
    {
        var converted = await FluentdAsync("kube.*", "<match **>\n  @type elasticsearch\n</match>\n");

        Assert.Contains(converted.Weighty, e => e.Contains("/var/log/containers/*.log is left out: no output sends it to an object store", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_nothing_stored_is_a_note()
    {
        var converted = await FluentdAsync("kube.*", "<match **>\n  @type null\n</match>\n");

        Assert.Contains(converted.Errors, e => e.StartsWith("note: /var/log/containers/*.log is left out: no output sends it to an object store", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("$kubernetes['namespace_name'] ^shop$ shop.$TAG false", "", "shop", "shop", "")]
    [InlineData("$kubernetes['namespace_name'] ^shop$ shop.$TAG true", "", "", "shop", "")]
    [InlineData("$log ERROR shop.$TAG[0] false", "", "", "", "rewrite_tag")]
    public async Task Fluent_bit_s_rewrite_tag_is_followed(string rule, string include, string exclude, string includeOfNew, string remark)
    {
        var converted = await FluentBitAsync($"[FILTER]\n    Name rewrite_tag\n    Match kube.*\n    Rule {rule}\n    Emitter_Name re\n");

        var namespaces = converted.Configuration.Outputs.Select(o => (string.Join(',', o.Match.Namespaces.Include), string.Join(',', o.Match.Namespaces.Exclude))).ToList();
        Assert.Equal([(include, exclude), (includeOfNew, "")], namespaces);
        Assert.DoesNotContain(converted.Errors, e => e.Contains("no collected source goes to it", StringComparison.Ordinal));
        if (remark.Length == 0)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(converted.Weighty, e => e.Contains(remark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rewrite_that_the_converter_cannot_read_is_told()
    {
        var converted = await FluentBitAsync("[FILTER]\n    Name rewrite_tag\n    Match kube.*\n    Rule $log\n");

        Assert.Contains(converted.Weighty, e => e.Contains("filter rewrite_tag (Rule $log)", StringComparison.Ordinal));
    }

    private static Task<Converted> FluentBitAsync(string filter) => Converted.OfAsync("fluent-bit", ".conf", $"""
        [INPUT]
            Name tail
            Tag  kube.*
            Path /var/log/containers/*.log
            Parser cri
        [FILTER]
            Name   kubernetes
            Match  *
            K8S-Logging.Exclude On
        {filter}
        [OUTPUT]
            Name   s3
            Match  kube.*
            bucket logs
            s3_key_format /a/
        [OUTPUT]
            Name   s3
            Match  shop.*
            bucket logs
            s3_key_format /b/
        """);

    private static Task<Converted> FluentdAsync(string tag, string rest, string source = "") => Converted.OfAsync("fluentd", ".conf", $"""
        <source>
          @type tail
          path /var/log/containers/*.log
          tag {tag}
          {source}
        </source>
        {rest}
        """);
}
