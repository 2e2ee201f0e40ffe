using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Keys that take one of a few words, when their value is a variable or another word (<c>Converting/Choice</c>).</summary>
public sealed class ConvertChoiceTests
{
    [Theory]
    [InlineData("Read_from_Head ${HEAD}", "", "", "Read_from_Head ${HEAD} is a variable, whose value the converter does not know, so it is read as off")]
    [InlineData("Read_from_Head ${HEAD:-on}", "", "", "Read_from_Head ${HEAD:-on} is a variable, whose value the converter does not know, so it is read as on")]
    [InlineData("Read_from_Head ture", "", "", "Read_from_Head ture is not a word that the converter knows, so it is read as off")]
    [InlineData("Read_from_Head on", "Merge_Log ${M}", "", "Merge_Log ${M} is a variable")]
    [InlineData("Read_from_Head on", "Labels ${L}", "", "Labels ${L} is a variable, whose value the converter does not know, so it is read as on")]
    [InlineData("Read_from_Head on", "Annotations ${L}", "", "Annotations ${L} is a variable")]
    [InlineData("Read_from_Head on", "K8S-Logging.Exclude ${L}", "", "K8S-Logging.Exclude ${L} is a variable")]
    [InlineData("Read_from_Head on", "Keep_Log ${L}\n    Merge_Log On", "", "Keep_Log ${L} is a variable")]
    [InlineData("Read_from_Head on", "", "tls.verify ${V}", "tls.verify ${V} is a variable")]
    public async Task An_unknown_word_of_fluent_bit_is_told(string input, string filter, string output, string remark) =>
        Told(remark, await Converted.OfAsync("fluent-bit", ".conf", $"""
            [INPUT]
                Name tail
                Tag  kube.*
                Path /var/log/containers/*.log
                Parser cri
                {input}
            [FILTER]
                Name  kubernetes
                Match kube.*
                {filter}
            [OUTPUT]
                Name   s3
                Match  *
                bucket logs
                {output}
            """));

    [Theory]
    [InlineData("read_from_head \"#{ENV['RFH']}\"", "", "read_from_head ${RFH} is a variable")]
    [InlineData("", "force_path_style \"#{ENV['F']}\"", "force_path_style ${F} is a variable")]
    [InlineData("", "overflow_action \"#{ENV['F']}\"", "overflow_action ${F} is a variable")]
    public async Task An_unknown_word_of_Fluentd_is_told(string source, string match, string remark) =>
        Told(remark, await Converted.OfAsync("fluentd", ".conf", $"""
            <source>
              @type tail
              path /var/log/containers/*.log
              tag kube.*
              {source}
            </source>
            <match kube.**>
              @type s3
              s3_bucket logs
              {match}
              <format>
                @type json
              </format>
            </match>
            """));

    [Theory]
    [InlineData("\"read_from\": \"${RF}\"", "", "read_from ${RF} is a variable, whose value the converter does not know, so it is read as beginning")]
    [InlineData("\"auto_partial_merge\": \"${P}\"", "", "auto_partial_merge ${P} is a variable")]
    [InlineData("\"read_from\": \"end\"", "\"buffer\": {\"when_full\": \"${W}\"},", "buffer.when_full ${W} is a variable")]
    [InlineData("\"read_from\": \"end\"", "\"force_path_style\": \"${W}\",", "force_path_style ${W} is a variable")]
    public async Task An_unknown_word_of_Vector_is_told(string source, string sink, string remark) =>
        Told(remark, await Converted.OfAsync("vector", ".json", $$$"""
            {"sources": {"k": {"type": "kubernetes_logs", {{{source}}} }},
             "sinks": {"s": {"type": "aws_s3", "inputs": ["k"], "bucket": "logs", "region": "r", {{{sink}}} "encoding": {"codec": "json"} } } }
            """));

    [Fact]
    public async Task Known_words_are_not_told()
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", """
            [INPUT]
                Name tail
                Tag  kube.*
                Path /var/log/containers/*.log
                Parser cri
                Read_from_Head TRUE
                Multiline Off
            [FILTER]
                Name  kubernetes
                Match kube.*
                Labels no
                K8S-Logging.Exclude yes
            [OUTPUT]
                Name   s3
                Match  *
                bucket logs
            """);

        Assert.Empty(converted.Weighty);
        Assert.Equal(StartAt.Beginning, Assert.Single(converted.Configuration.Sources).StartAt);
        Assert.False(converted.Configuration.Kubernetes.Labels);
    }

    private static void Told(string remark, Converted converted)
    {
        Assert.Contains(converted.Weighty, e => e.Contains(remark, StringComparison.Ordinal));
        Assert.Contains(converted.Weighty, e => e.Contains("write the value in its place, and convert again", StringComparison.Ordinal));
    }
}
