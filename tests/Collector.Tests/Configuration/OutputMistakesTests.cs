using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Every mistake in an output, but for those in its store.</summary>
public sealed class OutputMistakesTests
{
    [Theory]
    [InlineData("name: a_b", "name (line 4): 'a_b' is not a name; write 1 to 63 of a-z 0-9 and -, neither first nor last a -")]
    [InlineData("match: {sources: [containers, x]}", "match.sources[1] (line 4): there is no source 'x'; write one of containers")]
    [InlineData("match: {logTypes: [debug]}", "match.logTypes[0] (line 4): 'debug' is not one of the choices; write one of application, infrastructure, audit")]
    [InlineData("match: {namespaces: {include: [A]}}", "match.namespaces.include[0] (line 4): 'A' is not a glob of namespaces; write up to 63 of a-z 0-9 -, with * for any text and ? for any letter")]
    [InlineData("match: {namespaces: [a]}", "match.namespaces (line 4): is a list, not a mapping; write a mapping with include, exclude")]
    [InlineData("match: {podLabels: [a]}", "match.podLabels (line 4): is a list, not a mapping; write it as {name: value}")]
    [InlineData("match: {podLabels: {app: 'c*'}}", "match.podLabels.app (line 4): 'c*' is not the value of a label (labels are compared whole, without globs); write up to 63 of A-Z a-z 0-9 - _ and .")]
    [InlineData("match: {podLabels: {-a: b}}", "match.podLabels.-a (line 4): '-a' is not the key of a label; write a key like app or app.kubernetes.io/name")]
    [InlineData("match: {podLabels: {a: b, a: c}}", "match.podLabels.a (line 4): is written twice; remove one of them")]
    [InlineData("format: jsonl", "format (line 4): 'jsonl' is not one of the choices; write one of json, text")]
    [InlineData("compression: lz4", "compression (line 4): 'lz4' is not one of the choices; write one of gzip, zstd, snappy, zlib, none")]
    [InlineData("compressionLevel: 10", "compressionLevel (line 4): 10 is not a level of gzip; write 0 to 9")]
    [InlineData("compressionLevel: 23", "compressionLevel (line 4): '23' is not a whole number from 0 to 22; write a whole number from 0 to 22")]
    [InlineData("compressionLevel: '3'", "compressionLevel (line 4): is quoted text, not a whole number from 0 to 22; write a whole number from 0 to 22, without quotes")]
    [InlineData("compression: zlib\n    compressionLevel: 10", "compressionLevel (line 5): 10 is not a level of zlib; write 0 to 9")]
    [InlineData("compression: snappy\n    compressionLevel: 1", "compressionLevel (line 5): 1 is not a level of snappy; remove it")]
    [InlineData("compression: none\n    compressionLevel: 1", "compressionLevel (line 5): 1 is not a level of none; remove it")]
    [InlineData("batch: {maxSize: 48 mb}", "batch.maxSize (line 4): '48 mb' is not a size above zero; write bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, like 48MB")]
    [InlineData("batch: {maxSize: 70kB}", "batch.maxSize (line 4): 70kB cannot hold a record of 1KiB with its metadata; write at least 81921")]
    [InlineData("layout: openshift\n    keyPrefix: a/", "layout (line 4): and keyPrefix exclude each other; remove one of the two")]
    [InlineData("batch: {maxSize: 2GiB}", "batch.maxSize (line 4): 2GiB is more than buffer.maxSize, 1GiB; write a smaller one, or a larger buffer.maxSize")]
    [InlineData("buffer: {maxSize: 40MB}", "batch.maxSize (line 3): 48MB is more than buffer.maxSize, 40MB; write a smaller one, or a larger buffer.maxSize")]
    [InlineData("buffer: {whenFull: drop}", "buffer.whenFull (line 4): 'drop' is not one of the choices; write one of block, dropOldest")]
    [InlineData("batch: {maxAge: 0m}", "batch.maxAge (line 4): '0m' is not a duration above zero and up to 720h; write a whole number with ms, s, m or h, like 30s or 1m30s")]
    [InlineData("batch: {maxOpen: 0}", "batch.maxOpen (line 4): '0' is not a whole number from 1 to 1000000; write a whole number from 1 to 1000000")]
    [InlineData("batch: {flushOnContainerEnd: never}", "batch.flushOnContainerEnd (line 4): 'never' is not a boolean; write true or false")]
    [InlineData("deliveryMode: once", "deliveryMode (line 4): 'once' is not one of the choices; write one of exactlyOnce, atLeastOnce, atMostOnce")]
    [InlineData("retry: {minBackoff: 1m}", "retry.minBackoff (line 4): 1m is more than maxBackoff, 30s; write a smaller one, or a larger maxBackoff")]
    [InlineData("retry: {attemptTimeout: 1d}", "retry.attemptTimeout (line 4): '1d' is not a duration above zero and up to 720h; write a whole number with ms, s, m or h, like 30s or 1m30s")]
    [InlineData("keyprefix: a", "keyprefix (line 4): is not a known key; did you mean keyPrefix?")]
    public void A_mistake_in_an_output_is_told(string keys, string mistake) => Assert.Equal(
        ["outputs[0]." + mistake],
        Yaml.Mistakes($"{Yaml.Source}outputs:\n  - store: {{type: filesystem, path: /data}}\n    {keys}"));

    [Fact]
    public void Names_are_unique_the_default_one_too() => Assert.Equal(
        ["outputs[1].name (line 4): two outputs are named default; rename one of them"],
        Yaml.Mistakes($"{Yaml.Source}outputs:\n  - store: {{type: filesystem, path: /a}}\n  - store: {{type: filesystem, path: /b}}"));

    [Fact]
    public void Records_of_matched_sources_are_cut_where_they_would_not_fit_into_an_object()
    {
        var config = Yaml.Valid($$"""
            sources: [{name: small}, {name: large, maxRecordSize: {{long.MaxValue}} }]
            outputs:
              - {name: a, match: {sources: [small]}, store: {type: filesystem, path: /data} }
              - {name: b, match: {sources: [large]}, store: {type: filesystem, path: /data}, batch: {maxSize: 500kB} }
            """);

        Assert.Equal(1 << 20, RecordLimit.Of(config, config.Sources[0]));
        Assert.Equal((437_500 - 65_536) / 6, RecordLimit.Of(config, config.Sources[1]));
        Assert.Contains("sources.large.maxRecordSize", Assert.Single(ConfigurationWarnings.Of(config)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500kB", "json", 61_994)]
    [InlineData("500kB", "text", 437_500)]
    [InlineData("48MB", "json", 1 << 20)]
    public void The_limit_is_what_fits_whatever_the_bytes(string maxSize, string format, long limit)
    {
        var config = Yaml.Valid($"{Yaml.Source}outputs:\n  - store: {{type: filesystem, path: /data}}\n    format: {format}\n    batch: {{maxSize: {maxSize}}}");
        Assert.Equal(limit, RecordLimit.Of(config, config.Sources[0]));
    }

    [Fact]
    public void A_field_that_no_record_has_and_an_object_a_second_are_warned_of()
    {
        var config = Yaml.Valid($"{Yaml.Source}outputs:\n  - store: {{type: filesystem, path: /data}}\n    keyPrefix: 'logs_{{.kubernetes.namespace_name||.hostname||\"unknown\"}}_my_workload_{{.openshift.sequence_id||\"none\"}}/{{\"%s\"}}'");
        Assert.Collection(
            ConfigurationWarnings.Of(config),
            warning => Assert.StartsWith("outputs.default.keyPrefix: no record has .openshift.sequence_id;", warning, StringComparison.Ordinal),
            warning => Assert.Contains("%S and %s make a new object for every second", warning, StringComparison.Ordinal));
    }
}
