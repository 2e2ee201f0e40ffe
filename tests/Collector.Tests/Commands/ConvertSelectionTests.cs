using Xunit;

namespace Collector.Tests.Commands;

/// <summary>What fluent-bit's and Fluentd's filters select, and what they see at their place: fields, tags, earlier rules.</summary>
public sealed class ConvertSelectionTests
{
    private const string Kubernetes = "[FILTER]\n    Name kubernetes\n    Match kube.*\n    K8S-Logging.Exclude On\n";
    private const string OfProd = "$kubernetes['namespace_name'] ^prod$";
    private const string OfDev = "$kubernetes['namespace_name'] ^dev$";
    private const string OfPod = "$kubernetes['pod_name'] ^debug-";
    private const string OfApp = "$kubernetes['labels']['app'] ^cart$";

    /// <summary>Several Exclude joined by and drop what matches all of them; Regex joined by or keep what matches one of them.</summary>
    [Theory]
    [InlineData($"Logical_Op and\n    Exclude {OfProd}\n    Exclude log healthz", 2)]
    [InlineData($"Logical_Op AND\n    Exclude {OfProd}\n    Exclude {OfPod}", 2)]
    [InlineData($"Exclude {OfPod}\n    Exclude {OfProd}\n    Logical_Op and", 2)]
    [InlineData($"Logical_Op or\n    Regex {OfProd}\n    Regex {OfApp}", 2)]
    [InlineData($"Logical_Op or\n    Regex {OfPod}\n    Regex {OfApp}", 2)]
    public async Task Rules_that_only_hold_together_are_told(string rules, int told)
    {
        var converted = await FluentBitAsync($"{Kubernetes}{Grep(rules)}");

        Assert.Equal(told, converted.Weighty.Count(w => w.Contains("drops records together with the other rules", StringComparison.Ordinal)));
        AssertAllIsCollected(converted);
    }

    [Theory]
    [InlineData($"Logical_Op and\n    Exclude {OfProd}", "", "prod", "")]
    [InlineData($"Logical_Op or\n    Exclude {OfProd}\n    Exclude {OfDev}", "", "prod,dev", "")]
    [InlineData($"Logical_Op and\n    Regex {OfProd}\n    Regex {OfApp}", "prod", "", "cart")]
    [InlineData($"Logical_Op or\n    Regex {OfProd}", "prod", "", "")]
    [InlineData($"Exclude {OfDev}\n    Regex {OfProd}", "prod", "dev", "")]
    public async Task Rules_that_each_hold_alone_are_matches(string rules, string include, string exclude, string app)
    {
        var converted = await FluentBitAsync($"{Kubernetes}{Grep(rules)}");

        Assert.Empty(converted.Weighty);
        var match = Assert.Single(converted.Configuration.Outputs).Match;
        Assert.Equal((include, exclude, app), (string.Join(',', match.Namespaces.Include), string.Join(',', match.Namespaces.Exclude), string.Join(',', match.PodLabels.Values)));
    }

    /// <summary>fluent-bit's grep returns at the first Regex that matches.</summary>
    [Fact]
    public async Task A_rule_behind_a_Regex_is_told()
    {
        var converted = await FluentBitAsync($"{Kubernetes}{Grep($"Regex {OfProd}\n    Exclude {OfApp}")}");

        Assert.Contains("is behind a Regex", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.Equal(["prod"], Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Include);
    }

    [Theory]
    [InlineData("true", "true", "", "prod,dev", "prod")]
    [InlineData("true", "false", "prod,dev", "prod,dev", "prod")]
    [InlineData("false", "false", "prod,dev", "prod,dev", "prod")]
    public async Task A_later_rule_sees_only_what_the_earlier_ones_left(string keepFirst, string keepSecond, string excluded, string include, string exclude)
    {
        var converted = await FluentBitAsync($"{Kubernetes}{Rewrite($"Rule {OfProd} prod.$TAG {keepFirst}\n    Rule $kubernetes['namespace_name'] ^(prod|dev)$ dev.$TAG {keepSecond}")}", "prod.*", "dev.*");

        Assert.Empty(converted.Weighty);
        Assert.Equal(
            [("", excluded), ("prod", ""), (include, exclude)],
            converted.Configuration.Outputs.Select(o => (string.Join(',', o.Match.Namespaces.Include), string.Join(',', o.Match.Namespaces.Exclude))));
    }

    [Fact]
    public async Task An_earlier_rule_that_no_match_excludes_is_told_on_the_later_one()
    {
        var converted = await FluentBitAsync($"{Kubernetes}{Rewrite($"Rule {OfApp} cart.$TAG true\n    Rule {OfProd} prod.$TAG true")}", "cart.*", "prod.*");

        Assert.Contains("filter rewrite_tag gives the tag cart.$TAG to the records of an earlier rule", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"[FILTER]\n    Name grep\n    Match *\n    Exclude {OfProd}\n{Kubernetes}", "drops no record")]
    [InlineData($"[FILTER]\n    Name grep\n    Match *\n    Regex {OfApp}\n{Kubernetes}", "drops all records")]
    [InlineData($"[FILTER]\n    Name grep\n    Match *\n    Exclude {OfPod}\n{Kubernetes}", "drops no record")]
    [InlineData($"{Kubernetes}[FILTER]\n    Name nest\n    Match *\n    Operation lift\n    Nested_under kubernetes\n[FILTER]\n    Name grep\n    Match *\n    Exclude {OfProd}\n", "drops no record")]
    [InlineData($"{Kubernetes}[FILTER]\n    Name modify\n    Match *\n    Rename kubernetes k8s\n[FILTER]\n    Name grep\n    Match *\n    Exclude {OfProd}\n", "drops no record")]
    [InlineData($"[FILTER]\n    Name kubernetes\n    Match other.*\n[FILTER]\n    Name grep\n    Match *\n    Exclude {OfProd}\n", "drops no record")]
    [InlineData($"[FILTER]\n    Name rewrite_tag\n    Match *\n    Rule {OfProd} kube.prod.$TAG false\n{Kubernetes}", "gives no record the tag kube.prod.$TAG")]
    public async Task A_field_that_records_do_not_have_there_selects_nothing(string filters, string words)
    {
        var converted = await FluentBitAsync(filters);

        Assert.Contains(converted.Weighty, w => w.Contains("do not have at this place", StringComparison.Ordinal) && w.Contains(words, StringComparison.Ordinal));
        AssertAllIsCollected(converted);
    }

    [Theory]
    [InlineData("<filter kube.**>\n@type grep\n<exclude>\nkey $.kubernetes.namespace_name\npattern /^prod$/\n</exclude>\n</filter>\n<filter kube.**>\n@type kubernetes_metadata\n</filter>", "drops no event")]
    [InlineData("<filter kube.**>\n@type grep\n<regexp>\nkey $.kubernetes.pod_name\npattern /^cart/\n</regexp>\n</filter>\n<filter kube.**>\n@type kubernetes_metadata\n</filter>", "drops all events")]
    [InlineData("<filter other.**>\n@type kubernetes_metadata\n</filter>\n<filter kube.**>\n@type grep\nexclude1 $.kubernetes.namespace_name ^prod$\n</filter>", "drops no event")]
    [InlineData("<match kube.**>\n@type rewrite_tag_filter\n<rule>\nkey $.kubernetes.namespace_name\npattern /^prod$/\ntag new\n</rule>\n<rule>\nkey log\npattern /.*/\ntag rest\n</rule>\n</match>", "does not apply this rule")]
    public async Task In_Fluentd_too_the_metadata_has_to_come_first(string filters, string words)
    {
        var converted = await FluentdAsync(filters);

        Assert.Contains(converted.Weighty, w => w.Contains("do not have at this place", StringComparison.Ordinal) && w.Contains(words, StringComparison.Ordinal));
        AssertAllIsCollected(converted);
    }

    /// <summary>Only a link below /var/log/containers is named by the pod, the namespace and the container.</summary>
    [Theory]
    [InlineData("/var/log/pods/*/*/*.log")]
    [InlineData("/var/lib/docker/containers/*/*.log")]
    public async Task The_tag_of_another_directory_is_no_link_s(string path)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", $"[INPUT]\n    Name tail\n    Tag pods.*\n    Path {path}\n[OUTPUT]\n    Name s3\n    Match *\n    bucket my-logs\n    s3_key_format /a/$TAG/%Y\n");

        Assert.Contains("has $TAG, which keyPrefix does not support", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.DoesNotContain("pod_name", Assert.Single(converted.Configuration.Outputs).KeyPrefix.Text, StringComparison.Ordinal);
    }

    private static void AssertAllIsCollected(Converted converted)
    {
        var match = converted.Configuration.Outputs[0].Match;
        Assert.Empty(match.Namespaces.Include.Concat(match.Namespaces.Exclude).Concat(match.PodLabels.Keys));
        Assert.DoesNotContain("excludePaths", converted.Yaml, StringComparison.Ordinal);
        Assert.Contains("path: '/var/log/containers/*.log'", converted.Yaml, StringComparison.Ordinal);
    }

    private static string Grep(string rules) => $"[FILTER]\n    Name grep\n    Match kube.*\n    {rules}\n";

    private static string Rewrite(string rules) => $"[FILTER]\n    Name rewrite_tag\n    Match kube.*\n    {rules}\n";

    private static Task<Converted> FluentBitAsync(string filters, params string[] others) => Converted.OfAsync("fluent-bit", ".conf", $"""
        [INPUT]
            Name tail
            Tag  kube.*
            Path /var/log/containers/*.log
            Parser cri
        {filters}
        {string.Concat(((string[])["kube.*", .. others]).Select(match => $"[OUTPUT]\n    Name s3\n    Match {match}\n    bucket my-logs\n    s3_key_format /a/\n"))}
        """);

    private static Task<Converted> FluentdAsync(string filters) => Converted.OfAsync("fluentd", ".conf", $"<source>\n@type tail\npath /var/log/containers/*.log\ntag kube.*\n</source>\n{filters}\n<match **>\n@type s3\ns3_bucket my-logs\n<format>\n@type json\n</format>\n</match>\n");
}
