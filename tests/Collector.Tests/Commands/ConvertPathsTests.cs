using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Paths that do not begin with a slash: the collector has none.</summary>
public sealed class ConvertPathsTests
{
    [Theory]
    [InlineData("/var/log/app/*.log", "*.gz,*.zip", "/var/log/app/*.gz,/var/log/app/*.zip")]
    [InlineData("/var/log/app/**/*.log", "*.gz", "/var/log/app/**/*.gz")]
    [InlineData("/var/log/containers/*.log", "*_kube-system_*,/var/log/containers/a*", "/var/log/containers/*_kube-system_*,/var/log/containers/a*")]
    [InlineData("/var/log/app/*.log", "**/old/*.log", "/**/old/*.log")]
    public async Task A_pattern_of_fluent_bit_gets_the_directory_of_its_path(string path, string given, string expected)
    {
        var converted = await FluentBitAsync(path, given);

        Assert.Empty(converted.Weighty);
        Assert.Equal(expected.Split(','), Assert.Single(converted.Configuration.Sources).ExcludePaths);
    }

    [Theory]
    [InlineData("old/*.log")]
    [InlineData("*/old/x.log")]
    public async Task A_pattern_of_unknown_files_is_told(string given)
    {
        var converted = await FluentBitAsync("/var/log/app/*.log", given);

        Assert.Contains(converted.Weighty, e => e.Contains($"Exclude_Path {given} does not begin with /", StringComparison.Ordinal));
        Assert.Empty(Assert.Single(converted.Configuration.Sources).ExcludePaths);
    }

    [Fact]
    public async Task Vector_s_relative_files_are_not_collected_and_told()
    {
        var converted = await Converted.OfAsync("vector", ".json", """
            {"sources": {"f": {"type": "file", "include": ["logs/*.log", "/var/log/app/*.log"], "exclude": ["*.gz", "old/x.log"]} },
             "sinks": {"s": {"type": "aws_s3", "inputs": ["f"], "bucket": "logs", "region": "r", "encoding": {"codec": "json"} } } }
            """);

        Assert.Contains(converted.Weighty, e => e.Contains("logs/*.log is not collected: it is relative to the other agent's working directory", StringComparison.Ordinal));
        Assert.Contains(converted.Weighty, e => e.Contains("exclude old/x.log does not begin with /", StringComparison.Ordinal));
        Assert.Equal(["/var/log/app/*.gz"], Assert.Single(converted.Configuration.Sources).ExcludePaths);
    }

    [Fact]
    public async Task Fluentd_s_relative_files_are_not_collected_and_told()
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", """
            <source>
              @type tail
              path logs/*.log,/var/log/app/*.log
              exclude_path ["/var/log/app/*.gz", "old/x.log"]
              tag app
            </source>
            <match **>
              @type s3
              s3_bucket logs
            </match>
            """);

        Assert.Contains(converted.Weighty, e => e.Contains("logs/*.log is not collected: it is relative", StringComparison.Ordinal));
        Assert.Contains(converted.Weighty, e => e.Contains("exclude_path old/x.log does not begin with /", StringComparison.Ordinal));
        Assert.Equal(["/var/log/app/*.gz"], Assert.Single(converted.Configuration.Sources).ExcludePaths);
    }

    private static Task<Converted> FluentBitAsync(string path, string excluded) => Converted.OfAsync("fluent-bit", ".conf", $"""
        [INPUT]
            Name tail
            Tag  app.*
            Path {path}
            Exclude_Path {excluded}
        [OUTPUT]
            Name   s3
            Match  *
            bucket logs
            s3_key_format /logs/%Y/
        """);
}
