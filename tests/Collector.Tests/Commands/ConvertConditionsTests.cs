using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Vector's conditions, branches and programs: converted only where the collector selects and stores the same records.</summary>
public sealed class ConvertConditionsTests
{
    private const string A = ".kubernetes.pod_namespace == \"a\"";
    private const string B = ".kubernetes.pod_namespace == \"b\"";
    private const string NotA = ".kubernetes.pod_namespace != \"a\"";
    private const string NotB = ".kubernetes.pod_namespace != \"b\"";
    private const string App = ".kubernetes.pod_labels.app == \"x\"";

    [Theory]
    [InlineData($"{A} || {B} && {App}")]
    [InlineData($"{App} && {A} || {B}")]
    [InlineData($"({A} && {App}) || {B}")]
    [InlineData($"{App} || {A}")]
    [InlineData($"{NotA} || {NotB}")]
    [InlineData($"!({A} && {B}) && contains(string!(.message), \"(\")")]
    [InlineData($"!({App})")]
    [InlineData($"{A} && (.level == \"x\" || .level == \"y\")")]
    [InlineData($"({A}) == false")]
    [InlineData($"!({A}) == true")]
    [InlineData($"({A} || {B}")]
    [InlineData($"{A})")]
    [InlineData($"{A} ?? true")]
    [InlineData($"{A} && ")]
    [InlineData("")]
    [InlineData($".kubernetes.pod_labels.\"a && b || (c\" == \"x\" || {A}")]
    [InlineData(".kubernetes.pod_namespace == \"a")]
    [InlineData(".kubernetes.pod_namespace == \"a*\"")]
    [InlineData(".kubernetes.pod_namespace == \"\"")]
    [InlineData(".kubernetes.pod_labels.app != \"x\"")]
    public async Task A_condition_that_is_not_exactly_a_match_is_told(string condition)
    {
        var converted = await FilterAsync(condition);

        Assert.StartsWith("NOT CONVERTED: filter f drops records by ", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        var match = Assert.Single(converted.Configuration.Outputs).Match;
        Assert.Empty(match.Namespaces.Include.Concat(match.Namespaces.Exclude).Concat(match.PodLabels.Keys));
    }

    [Theory]
    [InlineData($"{A} || {B}", "a,b", "", "")]
    [InlineData($"({A} || ({B})) && {App}", "a,b", "", "x")]
    [InlineData($"{App} && ( {A} || {B} )", "a,b", "", "x")]
    [InlineData($"{NotA} && {NotB}", "", "a,b", "")]
    [InlineData($"!({A} || {B})", "", "a,b", "")]
    [InlineData($"!({NotA} && {NotB})", "a,b", "", "")]
    [InlineData($"!!({A})", "a", "", "")]
    [InlineData($"(({A}))", "a", "", "")]
    [InlineData($"!({A})", "", "a", "")]
    [InlineData($"!({A}) && {App}", "", "a", "x")]
    public async Task A_condition_that_is_a_match_is_one(string condition, string include, string exclude, string app)
    {
        var converted = await FilterAsync(condition);

        Assert.Empty(converted.Weighty);
        var match = Assert.Single(converted.Configuration.Outputs).Match;
        Assert.Equal((include, exclude, app), (string.Join(',', match.Namespaces.Include), string.Join(',', match.Namespaces.Exclude), string.Join(',', match.PodLabels.Values)));
    }

    [Fact]
    public async Task Another_language_of_conditions_is_told()
    {
        var converted = await ConvertAsync($"f: {{type: filter, inputs: [pods], condition: {{type: datadog_search, source: '{A}'}}}}", "[f]");

        Assert.Contains("filter f drops records by", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exclusive_route", "all", "", "prod,kube-system")]
    [InlineData("exclusive_route", "prod", "prod", "")]
    [InlineData("exclusive_route", "_unmatched", "kube-system", "prod")]
    public async Task A_branch_of_an_exclusive_route_has_nothing_of_the_branches_before(string type, string port, string include, string exclude)
    {
        var converted = await ConvertAsync($"r: {{type: {type}, inputs: [pods], routes: [{{name: prod, condition: '.kubernetes.pod_namespace == \"prod\"'}}, {{name: all, condition: '.kubernetes.pod_namespace != \"kube-system\"'}}]}}", $"[r.{port}]");

        Assert.Empty(converted.Weighty);
        var namespaces = Assert.Single(converted.Configuration.Outputs).Match.Namespaces;
        Assert.Equal((include, string.Join(',', exclude.Split(',').Order())), (string.Join(',', namespaces.Include), string.Join(',', namespaces.Exclude.Order())));
    }

    [Fact]
    public async Task A_branch_before_that_no_match_excludes_is_told()
    {
        var converted = await ConvertAsync($"r: {{type: exclusive_route, inputs: [pods], routes: [{{name: web, condition: '{App}'}}, {{name: b, condition: '{B}'}}]}}", "[r.b]");

        Assert.Contains("r.b has no records of the branch web", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.Equal(["b"], Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Include);
    }

    [Theory]
    [InlineData(". = parse_json!(.message)")]
    [InlineData(".message = parse_json!(string!(.message)).secret")]
    [InlineData(".message = parse_json!(.message)")]
    [InlineData(".parsed = parse_json!(.message)")]
    [InlineData(".level = parse_json!(.message).level")]
    [InlineData(". = merge(., parse_json!(.message).inner)")]
    [InlineData(". = merge(., parse_json!(.other))")]
    [InlineData(".message = del(.secret)")]
    public async Task A_program_that_stores_other_records_is_told(string program)
    {
        var converted = await ConvertAsync($"r: {{type: remap, inputs: [pods], source: '{program}'}}", "[r]");

        Assert.Contains("remap r ", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.False(Pods(converted).ParseJson);
    }

    [Theory]
    [InlineData(". = merge(., parse_json!(.message))")]
    [InlineData(". = merge!(., object!(parse_json!(string!(.message))))")]
    [InlineData(". |= object!(parse_json!(.message))")]
    [InlineData(". |= parse_json(string!(.message)) ?? {}")]
    public async Task A_program_that_merges_the_line_s_fields_is_parseJson(string program)
    {
        var converted = await ConvertAsync($"r: {{type: remap, inputs: [pods], source: '{program}'}}", "[r]");

        Assert.Empty(converted.Weighty);
        Assert.True(Pods(converted).ParseJson);
    }

    [Fact]
    public async Task Two_values_of_a_label_are_told()
    {
        var converted = await ConvertAsync("a: {type: filter, inputs: [pods], condition: '.kubernetes.pod_labels.app == \"a\"'}\n  b: {type: filter, inputs: [a], condition: '.kubernetes.pod_labels.app == \"b\"'}", "[b]");

        Assert.Contains("a second filter of the label app, b, is left out", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.Equal("a", Assert.Single(converted.Configuration.Outputs).Match.PodLabels["app"]);
    }

    private static ContainerSourceSettings Pods(Converted converted) => (ContainerSourceSettings)Assert.Single(converted.Configuration.Sources);

    private static Task<Converted> FilterAsync(string condition) => ConvertAsync($"f: {{type: filter, inputs: [pods], condition: '{condition}'}}", "[f]");

    private static Task<Converted> ConvertAsync(string transforms, string inputs) => Converted.OfAsync("vector", ".yaml", $$"""
        sources:
          pods: {type: kubernetes_logs}
        transforms:
          {{transforms}}
        sinks:
          s: {type: aws_s3, inputs: {{inputs}}, bucket: team-logs, region: a}
        """);
}
