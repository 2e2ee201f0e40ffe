using Collector.Configuration;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>What stores every line twice is warned of.</summary>
public sealed class TwiceWarningsTests
{
    private const string Bucket = "store: {type: s3, bucket: logs, region: eu-central-1}";

    [Theory]
    [InlineData($"{{name: a, {Bucket}}}, {{name: b, {Bucket}}}", true)]
    [InlineData($"{{name: a, {Bucket}}}, {{name: b, {Bucket}, match: {{logTypes: [audit]}}}}", true)]
    [InlineData($"{{name: a, {Bucket}, match: {{logTypes: [application]}}}}, {{name: b, {Bucket}, match: {{logTypes: [audit]}}}}", false)]
    [InlineData($"{{name: a, {Bucket}, keyPrefix: a/}}, {{name: b, {Bucket}, keyPrefix: b/}}", false)]
    [InlineData($"{{name: a, {Bucket}}}, {{name: b, store: {{type: s3, bucket: others, region: eu-central-1}}}}", false)]
    [InlineData($"{{name: a, store: {{type: filesystem, path: /data}}}}, {{name: b, store: {{type: filesystem, path: /data}}}}", true)]
    [InlineData($"{{name: a, {Bucket}}}, {{name: b, store: {{type: gcs, bucket: logs}}}}", false)]
    public void Outputs_with_one_place_are_warned_of(string outputs, bool isWarned)
    {
        var warnings = ConfigurationWarnings.Of(Yaml.Valid($"{Yaml.Source}outputs: [{outputs}]\n")).ToList();

        Assert.Equal(isWarned, warnings.Exists(w => w.StartsWith("outputs.b: it has the store and the keyPrefix of output a", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/var/log/a*.log", "/var/log/*.log", true)]
    [InlineData("/var/log/*.log", "/var/log/app.log", true)]
    [InlineData("/var/log/**/*.log", "/var/log/*/x.log", true)]
    [InlineData("/var/log/app/*.log", "/var/log/db/*.log", false)]
    [InlineData("/var/log/*.log", "/var/log/*.txt", false)]
    [InlineData("/var/log/*.log", "/var/log/app*", true)]
    [InlineData("/var/log/app*.log", "/var/log/*-1.log", true)]
    [InlineData("/var/log/a*", "/var/log/b*", false)]
    [InlineData("/var/log/*a", "/var/log/*b", false)]
    [InlineData("/var/log/[a-m]*.log", "/var/log/[l-z]*.log", true)]
    [InlineData("/var/log/[a-k]*.log", "/var/log/[l-z]*.log", false)]
    [InlineData("/var/log/[!a]*.log", "/var/log/a*.log", false)]
    [InlineData("/var/log/{app,db}/*.log", "/var/log/{web,db}/x*", true)]
    [InlineData("/var/log/{app,db}/*.log", "/var/log/{web,api}/x*", false)]
    [InlineData("/var/log/**/*.log", "/var/log/app/2026/x?", false)]
    [InlineData("/var/log/**/*.log", "/var/log/app/2026/x*", true)]
    [InlineData("/var/log/**/app/*.log", "/var/log/**/x.log", true)]
    [InlineData("/var/log/*/*.log", "/var/log/*.log", false)]
    [InlineData("/var/log/**", "/srv/**", false)]
    [InlineData("/var/log/?.log", "/var/log/??.log", false)]
    [InlineData("/var/log/[]a].log", "/var/log/].log", true)]
    [InlineData("/var/log/é*.log", "/var/log/[^a-z]*.log", true)]
    public void Sources_with_the_same_files_are_warned_of(string one, string other, bool isWarned)
    {
        var config = Yaml.Valid($"sources: [{{type: file, name: one, path: '{one}'}}, {{type: file, name: two, path: '{other}'}}]\n{Yaml.Output}");

        Assert.Equal(isWarned, ConfigurationWarnings.Of(config).Any(w => w.StartsWith("sources.two.path: source one, which comes first, reads the same files", StringComparison.Ordinal)));
    }
}
