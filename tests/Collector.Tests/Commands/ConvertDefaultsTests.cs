using Collector.Configuration;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Sizes in the units of their agent, and keys that are missing there: they have that agent's default, not ours.</summary>
public sealed class ConvertDefaultsTests
{
    [Theory]
    [InlineData("aws_s3", "", Compression.Gzip)]
    [InlineData("gcp_cloud_storage", "", Compression.None)]
    [InlineData("gcp_cloud_storage", "\"compression\": \"gzip\",", Compression.Gzip)]
    [InlineData("azure_blob", "", Compression.Gzip)]
    public async Task Vector_s_compression_depends_on_the_sink(string type, string compression, Compression expected)
    {
        var output = await VectorAsync(type, compression);

        Assert.Equal(expected, output.Compression);
        // 10 MB and 300 s.
        Assert.Equal((10_000_000, TimeSpan.FromMinutes(5)), (output.Batch.MaxSize, output.Batch.MaxAge));
    }

    [Fact]
    public async Task Vector_s_sizes_are_bytes()
    {
        var batch = (await VectorAsync("aws_s3", "\"batch\": {\"max_bytes\": 20000000, \"timeout_secs\": 90},")).Batch;

        Assert.Equal((20_000_000, TimeSpan.FromSeconds(90)), (batch.MaxSize, batch.MaxAge));
    }

    [Theory]
    [InlineData("", 86_400, 8)]
    [InlineData("time_slice_format %Y%m%d%H", 3600, 8)]
    [InlineData("<buffer time>\n@type file\n</buffer>", 86_400, 256)]
    [InlineData("<buffer tag>\n@type file\n</buffer>", 60, 256)]
    [InlineData("<buffer tag,time>\n@type file\ntimekey 300\nchunk_limit_size 32m\n</buffer>", 300, 32)]
    [InlineData("<buffer tag>\nflush_interval 30s\nchunk_limit_size 10MB\n</buffer>", 30, 10)]
    public async Task Fluentd_keeps_the_chunks_of_a_day_and_counts_in_steps_of_1024(string buffer, int seconds, int mebibytes)
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", $"""
            <source>
              @type tail
              path /var/log/containers/*.log
              tag kube.*
            </source>
            <match kube.**>
              @type s3
              s3_bucket logs
              {buffer}
              <format>
                @type json
              </format>
            </match>
            """);

        var batch = Assert.Single(converted.Configuration.Outputs).Batch;
        Assert.Equal((TimeSpan.FromSeconds(seconds), mebibytes * Size.MiB), (batch.MaxAge, batch.MaxSize));
    }

    [Theory]
    [InlineData("", 100_000_000)]
    [InlineData("total_file_size 50M", 50_000_000)]
    [InlineData("total_file_size 50MB", 50_000_000)]
    [InlineData("total_file_size 20000k", 20_000_000)]
    [InlineData("total_file_size 1g", 1_000_000_000)]
    public async Task Fluent_bit_counts_in_steps_of_1000(string key, long bytes)
    {
        var output = await FluentBitAsync($"Name s3\n    bucket logs\n    store_dir_limit_size 2G\n    {key}");

        Assert.Equal((bytes, 2_000_000_000), (output.Batch.MaxSize, output.Buffer.MaxSize));
    }

    [Theory]
    [InlineData("buffering_enabled on", 200_000_000, 30)]
    [InlineData("buffering_enabled on\n    upload_file_size 50M\n    upload_timeout 5m", 50_000_000, 5)]
    public async Task Fluent_bit_s_files_for_Azure_have_sizes_of_their_own(string keys, long bytes, int minutes)
    {
        var batch = (await FluentBitAsync($"Name azure_blob\n    account_name a12\n    container_name logs\n    blob_type blockblob\n    {keys}")).Batch;

        Assert.Equal((bytes, TimeSpan.FromMinutes(minutes)), (batch.MaxSize, batch.MaxAge));
    }

    /// <summary>Small objects are kept, and what that means for long lines is told.</summary>
    [Theory]
    [InlineData("500k", 500_000, true)]
    [InlineData("20M", 20_000_000, false)]
    [InlineData("10k", 81_921, true)]
    public async Task Small_objects_stay_small(string maxWrite, long bytes, bool isTold)
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", $$$"""
            kind: ClusterLogForwarder
            spec:
              outputs: [{name: archive, type: s3, s3: {bucket: hosted-logs, region: a, tuning: {maxWrite: {{{maxWrite}}} } } }]
              pipelines: [{inputRefs: [application], outputRefs: [archive]}]
            """);

        Assert.InRange(Assert.Single(converted.Configuration.Outputs).Batch.MaxSize, bytes, bytes + 100);
        Assert.Empty(converted.Weighty);
        Assert.Equal(isTold, converted.Errors.Any(e => e.Contains("are cut, marked and counted, because an object of", StringComparison.Ordinal)));
    }

    private static async Task<OutputConfiguration> VectorAsync(string type, string keys)
    {
        var place = type == "azure_blob" ? "\"connection_string\": \"DefaultEndpointsProtocol=https;AccountName=a12;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net\", \"container_name\": \"logs\"" : "\"bucket\": \"logs\", \"region\": \"r\"";
        var converted = await Converted.OfAsync("vector", ".json", $$$"""
            {"sources": {"k": {"type": "kubernetes_logs"} },
             "sinks": {"s": {"type": "{{{type}}}", "inputs": ["k"], {{{place}}}, {{{keys}}} "encoding": {"codec": "json"} } } }
            """);
        return Assert.Single(converted.Configuration.Outputs);
    }

    private static async Task<OutputConfiguration> FluentBitAsync(string output)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", $"""
            [INPUT]
                Name tail
                Tag  kube.*
                Path /var/log/containers/*.log
                Parser cri
            [OUTPUT]
                Match *
                {output}
            """);
        return Assert.Single(converted.Configuration.Outputs);
    }
}
