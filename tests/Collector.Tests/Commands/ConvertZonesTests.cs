using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Dates of another zone than UTC, in the keys of objects and in lines.</summary>
public sealed class ConvertZonesTests
{
    private const string Lost = "the collector writes them in UTC, so objects get other keys than before";

    [Theory]
    [InlineData("<buffer time>\ntimekey 1d\ntimekey_use_utc false\n</buffer>", "NOT CONVERTED: dates in keys are of the node's zone; " + Lost)]
    [InlineData("<buffer time>\ntimekey 1d\ntimekey_zone +0200\n</buffer>", "NOT CONVERTED: dates in keys are of +0200; " + Lost)]
    [InlineData("localtime true", "NOT CONVERTED: dates in keys are of the node's zone; " + Lost)]
    [InlineData("localtime", "NOT CONVERTED: dates in keys are of the node's zone; " + Lost)]
    [InlineData("timezone Asia/Tokyo", "NOT CONVERTED: dates in keys are of Asia/Tokyo; " + Lost)]
    [InlineData("", "note: dates in keys are in Fluentd's local time, because timekey_use_utc is not set")]
    [InlineData("<buffer time>\ntimekey_use_utc true\n</buffer>", null)]
    [InlineData("<buffer time>\ntimekey_use_utc\n</buffer>", null)]
    [InlineData("<buffer time>\ntimekey_zone UTC\n</buffer>", null)]
    [InlineData("utc", null)]
    public async Task Of_Fluentds_keys(string keys, string? expected)
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", $"<source>\n@type tail\ntag a\npath /var/log/a.log\n</source>\n<match a>\n@type s3\ns3_bucket team-logs\npath logs/%Y/%m/%d/\n{keys}\n<format>\n@type json\n</format>\n</match>");

        Assert.Equal(expected?.StartsWith("NOT", StringComparison.Ordinal) == true ? 1 : 0, converted.Code);
        var told = converted.Errors.Where(e => e.Contains("dates in keys", StringComparison.Ordinal)).ToList();
        if (expected is null)
            Assert.Empty(told);
        else
            Assert.StartsWith(expected, Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localtime true", "NOT CONVERTED: times without a zone are those of the node's zone")]
    [InlineData("utc false", "NOT CONVERTED: times without a zone are those of the node's zone")]
    [InlineData("timezone +09:00", "NOT CONVERTED: times without a zone are those of +09:00")]
    [InlineData("", "note: time_format %F %T names no zone, so the times are in the agent's local time")]
    [InlineData("localtime false", null)]
    [InlineData("utc true", null)]
    public async Task Of_the_times_in_Fluentds_lines(string keys, string? expected)
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", $"<source>\n@type tail\ntag a\npath /var/log/a.log\n<parse>\n@type json\ntime_format %F %T\n{keys}\n</parse>\n</source>\n<match a>\n@type s3\ns3_bucket team-logs\n<format>\n@type json\n</format>\n</match>");

        var told = converted.Errors.Where(e => e.Contains(" zone", StringComparison.Ordinal)).ToList();
        if (expected is null)
            Assert.Empty(told);
        else
            Assert.StartsWith(expected, Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "timezone: Europe/Berlin, ", "Europe/Berlin")]
    [InlineData("timezone: local\n", "", "local")]
    [InlineData("timezone: Europe/Berlin\n", "timezone: UTC, ", null)]
    [InlineData("timezone: Europe/Berlin\n", "key_prefix: logs/, ", null)]
    [InlineData("timezone: Etc/UTC\n", "", null)]
    [InlineData("", "", null)]
    public async Task Of_Vectors_keys(string root, string sink, string? zone)
    {
        var converted = await Converted.OfAsync("vector", ".yaml", $"{root}sources: {{p: {{type: kubernetes_logs}}}}\nsinks: {{s: {{type: aws_s3, inputs: [p], {sink}bucket: team-logs}}}}\n");

        if (zone is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.StartsWith($"NOT CONVERTED: dates in keys are of the timezone {zone}; {Lost}", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_the_times_that_a_parser_of_fluent_bits_reads()
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", "[INPUT]\nName tail\nTag a\nPath /var/log/a.log\nParser pj\n[PARSER]\nName pj\nFormat json\nTime_Key ts\nTime_Format %F %T\nTime_System_timezone on\n[OUTPUT]\nName s3\nMatch a\nbucket team-logs");

        Assert.Contains("Time_System_timezone is on: times without a zone are those of the node's zone", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }
}
