using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Words that say what is wrong, where, and what to do; none of .NET's.</summary>
public sealed class ConvertWordsTests
{
    private const string Input = "[INPUT]\n    Name tail\n    Tag kube.*\n    Path /var/log/containers/*.log\n    Parser cri\n";

    [Theory]
    [InlineData("kube.(", "'kube.(' is not a regular expression that can be read (the mistake is at its character 6)")]
    [InlineData("[a-", "'[a-' is not a regular expression that can be read")]
    [InlineData("*x", "'*x' is not a regular expression that can be read")]
    public async Task An_expression_that_is_not_valid_is_told_in_plain_words(string expression, string words)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", $"{Input}[OUTPUT]\n    Name s3\n    Match_Regex {expression}\n    bucket my-logs\n");

        var told = Assert.Single(converted.Errors);
        Assert.Contains($"line 8: {words}", told, StringComparison.Ordinal);
        Assert.EndsWith("; correct it, or write a Match in its place, and convert again", told, StringComparison.Ordinal);
        Assert.DoesNotContain("pattern", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonexist")]
    [InlineData("no/such/directory/nonexist")]
    public async Task A_missing_file_is_named_once(string name)
    {
        foreach (var agent in (string[])["fluent-bit", "fluentd", "vector", "clusterlogforwarder", "astronomer", "union"])
            Assert.Equal((1, "", $"{name}: there is no such file\n"), await Converted.RunAsync("convert", "--from", agent, name));
    }

    [Fact]
    public async Task A_directory_is_named_so()
    {
        var directory = Directory.CreateTempSubdirectory("collector-convert-").FullName;

        Assert.Equal((1, "", $"{directory}: the path is a directory; give a file\n"), await Converted.RunAsync("convert", "--from", "vector", directory));
        Directory.Delete(directory);
    }

    [Theory]
    [InlineData("Match \"*\"", "Match")]
    [InlineData("Match kube.*  # all", "Match")]
    [InlineData("Match kube.*\n    s3_key_format '/logs/%Y'", "s3_key_format")]
    public async Task Quotes_and_comments_are_told_to_be_a_part_of_the_value(string keys, string key)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"{Input}[OUTPUT]\n    Name s3\n    bucket my-logs\n    {keys}\n");
        var (_, _, error) = await Converted.RunAsync("convert", "--from", "fluent-bit", file);
        File.Delete(file);

        Assert.Contains($"are a part of the value in fluent-bit, so {key} is read with them", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Match kube.*\n    s3_key_format /a#b/%Y")]
    [InlineData("Match kube.*\n[FILTER]\n    Name modify\n    Match none\n    Add \"my key\" \"my value\"")]
    public async Task Other_values_are_not(string keys) =>
        Assert.DoesNotContain((await Converted.OfAsync("fluent-bit", ".conf", $"{Input}[OUTPUT]\n    Name s3\n    bucket my-logs\n    {keys}\n")).Errors, e => e.Contains("a part of the value", StringComparison.Ordinal));

    [Theory]
    [InlineData("profile prod-account", "the profile prod-account of a credentials file is not read by the collector, which would use another identity")]
    [InlineData("sts_endpoint https://sts.example.com", "sts_endpoint https://sts.example.com gives fluent-bit its identity")]
    public async Task Another_identity_has_weight(string key, string words)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", $"{Input}[OUTPUT]\n    Name s3\n    Match *\n    bucket my-logs\n    {key}\n");

        Assert.Contains(words, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credentials_file: /etc/aws, profile: team")]
    [InlineData("profile: team")]
    public async Task Another_identity_of_Vector_s_has_weight(string keys)
    {
        var converted = await Converted.OfAsync("vector", ".yaml", $"sources: {{p: {{type: kubernetes_logs}}}}\nsinks: {{s: {{type: aws_s3, inputs: [p], bucket: team-logs, region: a, auth: {{{keys}}}}}}}\n");

        Assert.Contains("credentials file", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_identity_of_Fluentd_s_has_weight()
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", "<source>\n@type tail\npath /var/log/containers/*.log\ntag kube.*\n</source>\n<match **>\n@type s3\ns3_bucket my-logs\n<shared_credentials>\nprofile_name team\n</shared_credentials>\n<format>\n@type json\n</format>\n</match>\n");

        Assert.Contains("the collector does not read a credentials file with profiles", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }
}
