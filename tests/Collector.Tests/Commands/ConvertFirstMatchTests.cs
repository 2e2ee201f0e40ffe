using Xunit;

namespace Collector.Tests.Commands;

/// <summary>In Fluentd the first match takes an event; in fluent-bit every output that matches gets it.</summary>
public sealed class ConvertFirstMatchTests
{
    private const string Head = "kubernetes.var.log.containers.";

    /// <param name="first">Pattern and body of the match before <c>&lt;match **&gt;</c>.</param>
    /// <param name="body">Of it.</param>
    /// <param name="excluded">Namespaces that the output leaves out.</param>
    /// <param name="paths">Links that the source leaves out.</param>
    /// <param name="lost">Of weight; null: nothing is.</param>
    [Theory]
    [InlineData(Head + "**_kube-system_**", "@type null", "kube-system", "", null)]
    [InlineData("**_kube-system_**.log", "@type null", "kube-system", "", null)]
    [InlineData("kubernetes.**_kube-system_**", "@type stdout", "kube-system", "", "output stdout is left out")]
    [InlineData(Head + "**_shop_** " + Head + "**_pay_**", "@type null", "shop,pay", "", null)]
    [InlineData(Head + "**_{shop,pay}_**", "@type null", "shop,pay", "", null)]
    [InlineData("{" + Head + "**_shop_**,other.**}", "@type null", "shop", "", null)]
    [InlineData(Head + "**_shop_**", "@type elasticsearch\nhost x", "shop", "", "output elasticsearch is left out")]
    [InlineData(Head + "**_shop_**", "@type relabel\n@label @NONE", "shop", "", null)]
    [InlineData(Head + "**_shop_**", "@type copy\n<store>\n@type null\n</store>", "shop", "", null)]
    [InlineData(Head + "fluentd-**", "@type null", "", "/var/log/containers/fluentd-*", null)]
    [InlineData(Head + "{fluentd,vector}-**.log", "@type null", "", "/var/log/containers/fluentd-*.log,/var/log/containers/vector-*.log", null)]
    [InlineData(Head + "fluentd-**", "@type elasticsearch", "", "", "match " + Head + "fluentd-** (elasticsearch) is before this output and takes a part")]
    [InlineData(Head + "fluentd-**_shop_**", "@type null", "", "/var/log/containers/fluentd-*_shop_*", null)]
    [InlineData("**fluentd**", "@type null", "", "", "match **fluentd** (null) is before this output")]
    [InlineData(Head + "cart-*.log", "@type null", "", "", "cart-*.log (null) is before this output")]
    [InlineData(Head + "cart-*", "@type null", "", "", null)]
    [InlineData("fluent.**", "@type null", "", "", null)]
    [InlineData("**.txt", "@type null", "", "", null)]
    public async Task What_an_earlier_match_takes_is_not_for_the_later(string first, string body, string excluded, string paths, string? lost)
    {
        var converted = await ConvertAsync($"<match {first}>\n{body}\n</match>\n{Bucket("**", "rest-logs")}<label @NONE>\n<match **>\n@type null\n</match>\n</label>\n");

        Assert.Equal(excluded, string.Join(',', Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Exclude));
        Assert.Equal(paths, string.Join(',', Assert.Single(converted.Configuration.Sources).ExcludePaths));
        if (lost is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(converted.Weighty, w => w.Contains(lost, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_order_decides_between_stores()
    {
        var converted = await ConvertAsync(Bucket(Head + "**_shop_**", "shop-logs") + Bucket($"{Head}**_shop_** {Head}**_pay_**", "pay-logs") + Bucket("**", "rest-logs") + Bucket("**", "never-logs"));

        Assert.Equal([("shop", ""), ("pay", ""), ("", "shop,pay")], converted.Configuration.Outputs.Select(o => (string.Join(',', o.Match.Namespaces.Include), string.Join(',', o.Match.Namespaces.Exclude))));
        Assert.Equal(0, converted.Code);
        Assert.Contains(converted.Errors, e => e.Contains("match ** (s3) is left out: no collected source goes to it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_match_of_everything_nothing_is_left()
    {
        var converted = await ConvertAsync(Bucket("**", "rest-logs") + $"<match {Head}**_kube-system_**>\n@type null\n</match>\n");

        Assert.Empty(Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Exclude);
        Assert.Equal(0, converted.Code);
    }

    /// <summary>What one copy discards, the other stores: the source cannot leave it out.</summary>
    [Fact]
    public async Task A_copy_that_discards_pods_leaves_them_to_the_other_copy()
    {
        var converted = await ConvertAsync($"""
            <match **>
              @type copy
              <store>
                @type relabel
                @label @A
              </store>
            {Bucket("", "all-logs").Replace("match ", "store", StringComparison.Ordinal).Replace("match", "store", StringComparison.Ordinal)}
            </match>
            <label @A>
              <match {Head}fluentd-**>
                @type null
              </match>
            {Bucket("**", "some-logs")}
            </label>
            """);

        Assert.Empty(Assert.Single(converted.Configuration.Sources).ExcludePaths);
        Assert.Contains("fluentd-** (null) is before this output", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_fluent_bit_every_output_gets_what_matches()
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", "[INPUT]\nName tail\nTag kube.*\nPath /var/log/containers/*.log\n[OUTPUT]\nName null\nMatch kube.var.log.containers.*_kube-system_*\n[OUTPUT]\nName s3\nMatch *_shop_*\nbucket shop-logs\n[OUTPUT]\nName s3\nMatch *\nbucket all-logs\n");

        Assert.Equal(["shop", ""], converted.Configuration.Outputs.Select(o => string.Join(',', o.Match.Namespaces.Include)));
        Assert.All(converted.Configuration.Outputs, o => Assert.Empty(o.Match.Namespaces.Exclude));
        Assert.Equal(0, converted.Code);
    }

    private static string Bucket(string pattern, string name) => $"<match {pattern}>\n@type s3\ns3_bucket {name}\npath logs/\n<format>\n@type json\n</format>\n</match>\n";

    private static Task<Converted> ConvertAsync(string matches) =>
        Converted.OfAsync("fluentd", ".conf", $"<source>\n@type tail\npath /var/log/containers/*.log\ntag kubernetes.*\nread_from_head true\n</source>\n{matches}");
}
