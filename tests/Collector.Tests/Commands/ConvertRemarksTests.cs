using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Remarks that are told where something is lost, and only there.</summary>
public sealed class ConvertRemarksTests
{
    private static readonly string s_id = new('?', 64);

    [Theory]
    [InlineData("exclude", "$.kubernetes.container_name", "/^istio-proxy$/", "/var/log/containers/*.log", "/var/log/containers/*_*_istio-proxy-ID.log")]
    [InlineData("exclude", "$['kubernetes']['pod_name']", "/^debug-/", "/var/log/containers/*.log", "/var/log/containers/debug-*_*_*.log")]
    [InlineData("regexp", "$.kubernetes.container_name", "/^cart$/", "/var/log/containers/*_*_cart-ID.log", "")]
    [InlineData("regexp", "$.kubernetes.pod_name", "/^cart-/", "/var/log/containers/cart-*_*_*.log", "")]
    public async Task Pods_and_containers_by_name_are_paths(string rule, string key, string pattern, string path, string excluded)
    {
        var fluentd = await FluentdAsync($"<filter kube.**>\n@type kubernetes_metadata\n</filter>\n<filter kube.**>\n@type grep\n<{rule}>\nkey {key}\npattern {pattern}\n</{rule}>\n</filter>\n");
        var fluentBit = await FluentBitAsync($"[FILTER]\n    Name kubernetes\n    Match *\n    K8S-Logging.Exclude On\n[FILTER]\n    Name grep\n    Match *\n    {(rule == "exclude" ? "Exclude" : "Regex")} {key.Replace("$.", "", StringComparison.Ordinal).Replace("$['kubernetes']", "$kubernetes", StringComparison.Ordinal)} {pattern.Trim('/')}\n");

        foreach (var converted in (Converted[])[fluentd, fluentBit])
        {
            Assert.Empty(converted.Weighty);
            var source = Assert.IsType<ContainerSourceSettings>(Assert.Single(converted.Configuration.Sources));
            Assert.Equal((path.Replace("ID", s_id, StringComparison.Ordinal), excluded.Replace("ID", s_id, StringComparison.Ordinal)), (source.Path, string.Join(',', source.ExcludePaths)));
        }
    }

    /// <summary>The files of a source are those of all of its outputs.</summary>
    [Fact]
    public async Task A_filter_of_one_branch_is_no_path()
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", """
            <source>
              @type tail
              path /var/log/containers/*.log
              tag kube.*
              read_from_head true
            </source>
            <match kube.**>
              @type copy
              <store>
                @type relabel
                @label @A
              </store>
              <store>
                @type s3
                s3_bucket logs
                <format>
                  @type json
                </format>
              </store>
            </match>
            <label @A>
              <filter **>
                @type grep
                <exclude>
                  key $.kubernetes.pod_name
                  pattern /^debug-/
                </exclude>
              </filter>
              <match **>
                @type s3
                s3_bucket others
                <format>
                  @type json
                </format>
              </match>
            </label>
            """);

        Assert.Empty(Assert.Single(converted.Configuration.Sources).ExcludePaths);
        Assert.Contains("filter grep (exclude $.kubernetes.pod_name", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app in (cart,checkout),tier=web", "extra_label_selector app in (cart,checkout) is not an equality")]
    [InlineData("tier=web,app notin (cart, checkout)", "extra_label_selector app notin (cart, checkout) is not an equality")]
    public async Task A_comma_in_parentheses_is_within_a_term(string selector, string remark)
    {
        var converted = await Converted.OfAsync("vector", ".yaml", $$"""
            sources: {pods: {type: kubernetes_logs, extra_label_selector: "{{selector}}" } }
            sinks: {s: {type: aws_s3, inputs: [pods], bucket: logs, region: a} }
            """);

        Assert.Contains(remark, Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.Equal([("tier", "web")], Assert.Single(converted.Configuration.Outputs).Match.PodLabels.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task A_branch_that_no_sink_takes_is_a_note()
    {
        var converted = await Converted.OfAsync("vector", ".yaml", """
            sources: {pods: {type: kubernetes_logs}}
            transforms: {split: {type: route, inputs: [pods], route: {shop: '.kubernetes.pod_namespace == "shop"', pay: '.kubernetes.pod_namespace == "pay"'}}}
            sinks: {s: {type: aws_s3, inputs: [split.pay], bucket: logs, region: a}}
            """);

        Assert.Empty(converted.Weighty);
        Assert.Contains(converted.Errors, e => e.StartsWith("note: route split.shop is left out: nothing of it goes to a sink", StringComparison.Ordinal));
        Assert.Equal(["pay"], Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Include);
    }

    [Theory]
    [InlineData("message_key log", "")]
    [InlineData("message_key user", "message_key user stores one field of a record")]
    [InlineData("add_newline false", "add_newline false writes records without a newline between")]
    public async Task Single_value_is_the_line(string key, string remark)
    {
        var converted = await FluentdAsync("", $"@type single_value\n{key}");

        Assert.Equal(ObjectFormat.Text, Assert.Single(converted.Configuration.Outputs).Format);
        if (remark.Length == 0)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(remark, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth_type sas\n    sas_token sv=1&sig=x", AzureIdentityType.Sas, "sasFile in place of sas")]
    [InlineData("auth_type key\n    shared_key c2VjcmV0\n    sas_token sv=1&sig=x", AzureIdentityType.AccountKey, "note: shared_key is in plain text in this configuration; to keep it out, mount a secret, and name its file in accountKeyFile in place of accountKey")]
    [InlineData("shared_key ${CONVERT_TEST_KEY}", AzureIdentityType.AccountKey, null)]
    [InlineData("auth_type workload_identity", AzureIdentityType.WorkloadIdentity, null)]
    public async Task Azure_s_kinds_of_authentication_are_taken_over(string keys, AzureIdentityType type, string? remark)
    {
        Environment.SetEnvironmentVariable("CONVERT_TEST_KEY", "c2VjcmV0");
        var converted = await FluentBitAsync("", $"Name azure_blob\n    account_name teamaccount\n    container_name logs\n    blob_type blockblob\n    {keys}");

        Assert.Empty(converted.Weighty);
        Assert.Equal(type, Assert.IsType<AzureBlobSettings>(Assert.Single(converted.Configuration.Outputs).Store).Identity.Type);
        Assert.DoesNotContain(converted.Errors, e => e.Contains("auth_type", StringComparison.Ordinal));
        if (remark is null)
            Assert.DoesNotContain(converted.Errors, e => e.Contains("plain text", StringComparison.Ordinal));
        else
            Assert.Contains(converted.Errors, e => e.Contains(remark, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Merge_Log_Key_says_where_the_fields_are()
    {
        var converted = await FluentBitAsync("[FILTER]\n    Name kubernetes\n    Match *\n    K8S-Logging.Exclude On\n    Merge_Log On\n    Merge_Log_Key parsed\n");

        Assert.Empty(converted.Weighty);
        Assert.Contains(converted.Errors, e => e.Contains("Merge_Log_Key parsed puts the fields of JSON lines under parsed; parseJson puts them under fields", StringComparison.Ordinal));
        Assert.DoesNotContain(converted.Errors, e => e.Contains("Merge_Log_Key has no counterpart", StringComparison.Ordinal));
    }

    private static Task<Converted> FluentdAsync(string filter, string format = "@type json") => Converted.OfAsync("fluentd", ".conf", $"""
        <source>
          @type tail
          path /var/log/containers/*.log
          tag kube.*
        </source>
        {filter}
        <match kube.**>
          @type s3
          s3_bucket logs
          <format>
            {format}
          </format>
        </match>
        """);

    private static Task<Converted> FluentBitAsync(string filter, string output = "Name s3\n    bucket logs") => Converted.OfAsync("fluent-bit", ".conf", $"""
        [INPUT]
            Name tail
            Tag  kube.*
            Path /var/log/containers/*.log
            Parser cri
        {filter}
        [OUTPUT]
            Match *
            {output}
        """);
}
