using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector convert --from fluent-bit</c>.</summary>
public sealed class ConvertFluentBitTests
{
    private const string Containers = """
        [INPUT]
            Name   tail
            Tag    kube.*
            Path   /var/log/containers/*.log
            Parser cri
            Read_from_Head On
        [FILTER]
            Name   kubernetes
            Match  kube.*
            K8S-Logging.Exclude On

        """;

    private const string Bucket = """
        [OUTPUT]
            Name   s3
            Match  kube.*
            bucket team-logs
            region eu-central-1

        """;

    [Fact]
    public async Task The_usual_containers_to_S3_lose_nothing()
    {
        var converted = await ConvertAsync($"""
            [SERVICE]
                Flush 5
                Log_Level warn
            {Containers}
            {Bucket}    total_file_size 20M
                upload_timeout 90s
                compression gzip
                store_dir_limit_size 2G
                storage_class STANDARD_IA
                role_arn arn:aws:iam::123456789012:role/logs
                external_id team
                workers 2
                retry_limit 5
            """);

        Assert.Empty(converted.Weighty);
        var source = Assert.IsType<ContainerSourceSettings>(Assert.Single(converted.Configuration.Sources));
        Assert.Equal(("/var/log/containers/*.log", StartAt.Beginning), (source.Path, source.StartAt));
        Assert.True(converted.Configuration.Kubernetes is { Enabled: true, Labels: true, Annotations: true });
        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal((20_000_000, TimeSpan.FromSeconds(90), 2_000_000_000), (output.Batch.MaxSize, output.Batch.MaxAge, output.Buffer.MaxSize));
        Assert.Equal(Compression.Gzip, output.Compression);
        var store = Assert.IsType<S3Settings>(output.Store);
        Assert.Equal(("team-logs", "eu-central-1", "STANDARD_IA"), (store.Bucket, store.Region, store.StorageClass));
        Assert.Equal(("arn:aws:iam::123456789012:role/logs", "team"), (store.Identity.AssumeRole.RoleArn, store.Identity.AssumeRole.ExternalId));
    }

    /// <summary>Its defaults are not ours: the end of files, no compression, ten minutes, a layout of its own.</summary>
    [Fact]
    public async Task What_is_not_written_there_is_its_default_and_not_ours()
    {
        var converted = await ConvertAsync(Containers.Replace("Read_from_Head On", "", StringComparison.Ordinal) + Bucket);

        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal(StartAt.End, Assert.Single(converted.Configuration.Sources).StartAt);
        Assert.Equal((Compression.None, TimeSpan.FromMinutes(10), 100_000_000), (output.Compression, output.Batch.MaxAge, output.Batch.MaxSize));
        Assert.Equal(
            "fluent-bit-logs/kube.var.log.containers.{.kubernetes.pod_name||\"none\"}_{.kubernetes.namespace_name||\"none\"}_{.kubernetes.container_name||\"none\"}-{.kubernetes.docker_id||\"none\"}.log/{\"%Y/%m/%d/%H/%M\"}/",
            output.KeyPrefix.Text);
        Assert.Empty(converted.Weighty);
    }

    [Fact]
    public async Task A_match_decides_which_input_goes_to_which_output()
    {
        var converted = await ConvertAsync($"""
            {Containers}
            [INPUT]
                Name tail
                Tag  host.audit
                Path /var/log/audit/audit.log,/var/log/auth.log
                Parser json
            {Bucket}
            [OUTPUT]
                Name  azure_blob
                Alias all
                Match *
                account_name   teamaccount
                container_name logs
                shared_key     c2VjcmV0
                path           nodes
            """);

        Assert.Equal(["kube", "host-audit", "host-audit-2"], converted.Configuration.Sources.Select(s => s.Name));
        Assert.All(converted.Configuration.Sources.Skip(1), s => Assert.Equal(FileParser.Json, ((FileSourceSettings)s).Parser));
        // The tag is a part of the prefix there: sources with other tags have outputs of their own.
        Assert.Equal([("s3", "kube"), ("all", "kube"), ("all-2", "host-audit,host-audit-2")], converted.Configuration.Outputs.Select(o => (o.Name, string.Join(',', o.Match.Sources))));
        Assert.Equal("nodes/host.audit.", converted.Configuration.Outputs[2].KeyPrefix.Text);
        var azure = Assert.IsType<AzureBlobSettings>(converted.Configuration.Outputs[1].Store);
        Assert.Equal(("teamaccount", "logs", AzureIdentityType.AccountKey), (azure.Account, azure.Container, azure.Identity.Type));
        Assert.Empty(converted.Weighty);
    }

    [Theory]
    [InlineData("Exclude $kubernetes['namespace_name'] ^(kube-system|dev-.*)$", "", "kube-system,dev-*")]
    [InlineData("Exclude kubernetes.namespace_name ^kube-", "", "kube-*")]
    [InlineData("Regex $kubernetes['namespace_name'] ^shop$", "shop", "")]
    [InlineData("Regex $kubernetes['namespace_name'] shop|pay", "*shop*,*pay*", "")]
    public async Task A_grep_of_namespaces_is_a_match(string rule, string include, string exclude)
    {
        var converted = await ConvertAsync($"{Containers}[FILTER]\n  Name grep\n  Match kube.*\n  {rule}\n{Bucket}");

        var namespaces = Assert.Single(converted.Configuration.Outputs).Match.Namespaces;
        Assert.Equal((include, exclude), (string.Join(',', namespaces.Include), string.Join(',', namespaces.Exclude)));
        Assert.Empty(converted.Weighty);
    }

    [Fact]
    public async Task A_grep_of_a_label_and_of_pods_are_keys_too()
    {
        var converted = await ConvertAsync($$"""
            {{Containers.Replace("Parser cri", "Exclude_Path /var/log/containers/*_dev_*.log", StringComparison.Ordinal)}}
            [FILTER]
                Name    grep
                Match   *
                Exclude $kubernetes['pod_name'] ^debug-
                Regex   $kubernetes['labels']['app'] ^cart$
            {{Bucket}}
            """);

        Assert.Equal("cart", Assert.Single(converted.Configuration.Outputs).Match.PodLabels["app"]);
        Assert.Equal(["/var/log/containers/*_dev_*.log", "/var/log/containers/debug-*_*_*.log"], Assert.Single(converted.Configuration.Sources).ExcludePaths);
        Assert.Empty(converted.Weighty);
    }

    /// <summary>Data would be stored that is not stored there, or otherwise, or not at all.</summary>
    [Theory]
    [InlineData("[FILTER]\n  Name grep\n  Match kube.*\n  Exclude $kubernetes['namespace_name'] ^dev-*$", "^dev-*$) drops records")]
    [InlineData("[FILTER]\n  Name grep\n  Match kube.*\n  Exclude $kubernetes['namespace_name'] ^a|b$", "^a|b$) drops records")]
    [InlineData("[FILTER]\n  Name grep\n  Match kube.*\n  Exclude log healthz", "filter grep (Exclude log healthz) drops records")]
    [InlineData("[FILTER]\n  Name grep\n  Match kube.*\n  Logical_Op or\n  Regex $kubernetes['namespace_name'] ^a$\n  Regex $kubernetes['namespace_name'] ^b$", "filter grep (Regex")]
    [InlineData("[FILTER]\n  Name lua\n  Match *\n  script a.lua", "filter lua has no counterpart")]
    [InlineData("[FILTER]\n  Name modify\n  Match *\n  Add team blue", "modify (Add team blue) changes records")]
    [InlineData("[FILTER]\n  Name multiline\n  Match *\n  multiline.parser java", "filter multiline (java) joins lines")]
    [InlineData("[FILTER]\n  Name throttle\n  Match *", "filter throttle has no counterpart")]
    [InlineData("[INPUT]\n  Name systemd\n  Tag host.*", "input systemd is not collected")]
    [InlineData("[OUTPUT]\n  Name es\n  Match *", "output es is left out")]
    [InlineData("[OUTPUT]\n  Name nothing-known\n  Match *", "output nothing-known is left out")]
    [InlineData("[INPUT]\n  Name nothing-known", "input nothing-known is not collected")]
    [InlineData("[OUTPUT]\n  Name s3\n  Match kube.var.log.containers.cart*\n  bucket other-logs", "s3 takes a part of /var/log/containers/*.log by its tag")]
    [InlineData("[OUTPUT]\n  Name s3\n  Match kube.*\n  bucket other-logs\n  compression parquet", "compression parquet writes files of another kind")]
    [InlineData("[OUTPUT]\n  Name s3\n  Match kube.*\n  bucket other-logs\n  s3_key_format /$TAG[9]/%j/x", "which keyPrefix does not support")]
    [InlineData("[OUTPUT]\n  Name s3\n  Match kube.*\n  bucket No_Bucket", "store.bucket: 'No_Bucket' is not the name of a bucket")]
    public async Task What_makes_other_data_of_it_is_of_weight(string section, string words)
    {
        var converted = await ConvertOnlyAsync($"{Containers}{section}\n{Bucket}");

        Assert.Equal(1, converted.Code);
        Assert.Contains(converted.Weighty, w => w.Contains(words, StringComparison.Ordinal));
    }

    /// <summary>How much is held where, how much is said, and how often something is tried: the data are the same.</summary>
    [Theory]
    [InlineData("Mem_Buf_Limit 5MB")]
    [InlineData("DB /var/lib/fluent-bit/pos.db")]
    [InlineData("Refresh_Interval 5")]
    [InlineData("Skip_Long_Lines On")]
    [InlineData("storage.type filesystem")]
    public async Task What_changes_no_data_has_no_weight(string key)
    {
        var converted = await ConvertAsync(Containers.Replace("Parser cri", $"Parser cri\n    {key}", StringComparison.Ordinal) + Bucket);

        Assert.Equal((0, 0), (converted.Code, converted.Weighty.Count));
    }

    [Theory]
    [InlineData("[OUTPUT]\n  Name null\n  Match *", "output null is left out")]
    [InlineData("[OUTPUT]\n  Name es\n  Match other", "output es is left out: no collected source goes to it")]
    [InlineData("[FILTER]\n  Name stdout\n  Match *", "filter stdout is left out")]
    public async Task What_is_left_out_without_weight_is_noted(string section, string words)
    {
        var converted = await ConvertAsync($"{Containers}{section}\n{Bucket}");

        Assert.Equal((0, 0), (converted.Code, converted.Weighty.Count));
        Assert.Contains(converted.Errors, e => e.StartsWith($"note: {words}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("31d", "note: upload_timeout 31d is longer than the collector allows; maxAge is set to its limit, 720h", 720)]
    [InlineData("90d", "note: upload_timeout 90d is longer than the collector allows", 720)]
    [InlineData("720h", null, 720)]
    [InlineData("soon", "note: upload_timeout soon is not a duration that the collector can use; maxAge keeps its default", null)]
    public async Task A_time_that_cannot_be_taken_over_is_noted(string time, string? note, int? hours)
    {
        var converted = await ConvertAsync($"{Containers}{Bucket}    upload_timeout {time}\n");

        Assert.Equal(hours is { } given ? TimeSpan.FromHours(given) : new Collector.Pipeline.Buffer.BatchSettings().MaxAge, Assert.Single(converted.Configuration.Outputs).Batch.MaxAge);
        Assert.Equal(note is not null, converted.Errors.Any(e => e.Contains("upload_timeout", StringComparison.Ordinal)));
        Assert.All(converted.Errors.Where(e => e.Contains("upload_timeout", StringComparison.Ordinal)), e => Assert.StartsWith(note!, e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("parsers.conf", "%d/%b/%Y:%H:%M:%S %z", "", "%d/%b/%Y:%H:%M:%S %z", null)]
    [InlineData("/fluent-bit/etc/parsers.conf", "%d.%m.%Y %H:%M:%S.%L", "", "%d.%m.%Y %H:%M:%S.%L", null)]
    [InlineData("parsers.conf", "%Y-%m-%dT%H:%M:%S.%L", "+0200", "auto", "times without a zone are those of +0200")]
    [InlineData("parsers.conf", "%s.%L", "+0200", "auto", null)]
    [InlineData("parsers.conf", "%G %V", "", "auto", "Time_Format %G %V is not supported")]
    public async Task A_parser_of_JSON_in_a_file_of_parsers_is_ours(string named, string format, string offset, string expected, string? lost)
    {
        var converted = await Converted.OfAsync(
            "fluent-bit", ".conf", $"[SERVICE]\n  Parsers_File {named}\n[INPUT]\n  Name tail\n  Path /var/log/app.log\n  Tag kube.app\n  Parser pj\n{Bucket}",
            ("parsers.conf", $"[PARSER]\n  Name pj\n  Format json\n  Time_Key ts\n  Time_Format {format}\n{(offset.Length > 0 ? $"  Time_Offset {offset}\n" : "")}"));

        var source = (FileSourceSettings)converted.Configuration.Sources[0];
        Assert.Equal((FileParser.Json, "ts", expected), (source.Parser, source.TimeField, source.TimeFormat.Text));
        if (lost is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(lost, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gone.conf")]
    [InlineData("main.conf")]
    public async Task Without_its_file_of_parsers_a_parser_is_not_known(string named)
    {
        var converted = await ConvertAsync($"[SERVICE]\n  Parsers_File {named}\n[INPUT]\n  Name tail\n  Path /var/log/app.log\n  Tag kube.app\n  Parser pj\n{Bucket}");

        Assert.Single(converted.Configuration.Sources);
        Assert.Contains("parser pj splits lines into fields; the collector keeps the whole line in log; if its Format is json, put its Parsers_File beside", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_in_the_match_is_a_match_of_namespaces()
    {
        var converted = await ConvertAsync(Containers + Bucket.Replace("kube.*", "kube.var.log.containers.*_shop_*.log", StringComparison.Ordinal));

        Assert.Equal(["shop"], Assert.Single(converted.Configuration.Outputs).Match.Namespaces.Include);
        Assert.Empty(converted.Weighty);
    }

    [Fact]
    public async Task A_match_that_takes_nothing_makes_no_output()
    {
        var converted = await ConvertAsync(Containers + Bucket + "[OUTPUT]\n  Name s3\n  Match other.*\n  bucket other-logs\n");

        Assert.Equal("s3", Assert.Single(converted.Configuration.Outputs).Name);
        Assert.Equal(0, converted.Code);
        Assert.Contains(converted.Errors, e => e.Contains("output s3-2 is left out: no collected source goes to it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tag_of_names_is_a_prefix_of_fields()
    {
        var converted = await ConvertAsync(Containers.Replace("kube.*", "kube.<namespace_name>.<pod_name>", StringComparison.Ordinal).Replace("Match  kube.<namespace_name>.<pod_name>", "Match  kube.*", StringComparison.Ordinal)
            + Bucket + "    s3_key_format /$TAG[1]/$TAG[2]/%Y/x\n");

        Assert.Equal("{.kubernetes.namespace_name||\"none\"}/{.kubernetes.pod_name||\"none\"}/{\"%Y\"}/x", Assert.Single(converted.Configuration.Outputs).KeyPrefix.Text);
        Assert.Empty(converted.Weighty);
    }

    [Fact]
    public async Task Merge_Log_and_a_parser_for_json_are_parseJson()
    {
        Assert.True(((ContainerSourceSettings)(await ConvertAsync(Containers.Replace("K8S-", "Merge_Log On\n    K8S-", StringComparison.Ordinal) + Bucket)).Configuration.Sources[0]).ParseJson);
        Assert.True(((ContainerSourceSettings)(await ConvertAsync($"{Containers}[FILTER]\n  Name parser\n  Match *\n  Key_Name log\n  Parser json\n{Bucket}")).Configuration.Sources[0]).ParseJson);
    }

    [Fact]
    public async Task Without_a_filter_kubernetes_records_have_no_metadata_here_either() =>
        Assert.False((await ConvertAsync(Containers[..Containers.IndexOf("[FILTER]", StringComparison.Ordinal)] + Bucket)).Configuration.Kubernetes.Enabled);

    [Fact]
    public async Task Variables_includes_and_parsers_are_followed()
    {
        Environment.SetEnvironmentVariable("CONVERT_TEST_REGION", "eu-west-3");
        var converted = await Converted.OfAsync(
            "fluent-bit", ".conf", "@SET bucket=team-logs\n@INCLUDE in*.conf\n@INCLUDE out.conf\n",
            ("in1.conf", "[PARSER]\n  Name app\n  Format json\n  Time_Key at\n  Time_Format %Y-%m-%dT%H:%M:%S.%L%z\n[INPUT]\n  Name tail\n  Path /var/log/app.log\n  Tag app\n  Parser app\n"),
            ("out.conf", "[OUTPUT]\n  Name s3\n  Match app\n  bucket ${bucket}\n  region ${CONVERT_TEST_REGION}\n  s3_key_format /$TAG[0]/%Y-%m-%d/$UUID.json\n"));

        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal(("team-logs", "eu-west-3"), (((S3Settings)output.Store).Bucket, ((S3Settings)output.Store).Region));
        Assert.Contains("${CONVERT_TEST_REGION}", converted.Yaml, StringComparison.Ordinal);
        Assert.Equal("app/{\"%Y-%m-%d\"}/", output.KeyPrefix.Text);
        Assert.Equal("at", ((FileSourceSettings)converted.Configuration.Sources[0]).TimeField);
        Assert.Empty(converted.Weighty);
    }

    [Fact]
    public async Task The_YAML_form_says_the_same()
    {
        var converted = await Converted.OfAsync("fluent-bit", ".yaml", """
            env: {bucket: team-logs}
            service: {flush: 1}
            pipeline:
              inputs:
                - {name: tail, tag: kube.*, path: /var/log/containers/*.log, multiline.parser: "docker, cri", read_from_head: true}
              filters:
                - {name: kubernetes, match: kube.*, k8s-logging.exclude: on}
                - name: grep
                  match: kube.*
                  exclude:
                    - $kubernetes['namespace_name'] ^kube-system$
                    - log healthz
              outputs:
                - {name: s3, match: "*", bucket: "${bucket}", region: eu-central-1, compression: zstd}
            """);

        Assert.Equal(Compression.Zstd, converted.Configuration.Outputs[0].Compression);
        Assert.Equal(["kube-system"], converted.Configuration.Outputs[0].Match.Namespaces.Exclude);
        Assert.Single(converted.Weighty);
        Assert.Contains("(Exclude log healthz)", converted.Weighty[0].Replace("exclude", "Exclude", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.EndsWith("main.yaml line 10)", converted.Weighty[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_values_of_its_chart_hold_the_classic_form()
    {
        var values = "config:\n  inputs: |\n" + Indent(Containers[..Containers.IndexOf("[FILTER]", StringComparison.Ordinal)])
            + "  filters: |\n" + Indent(Containers[Containers.IndexOf("[FILTER]", StringComparison.Ordinal)..]) + "  outputs: |\n" + Indent(Bucket) + "    [OUTPUT]\n        Name es\n        Match *\n";
        var converted = await Converted.OfAsync("fluent-bit", ".yaml", values);

        Assert.Equal("team-logs", ((S3Settings)converted.Configuration.Outputs[0].Store).Bucket);
        var line = values[..values.IndexOf("[OUTPUT]\n        Name es", StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        Assert.EndsWith($"line {line})", Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[INPUT\n  Name tail\n", "line 1: '[INPUT' begins a section")]
    [InlineData("# nothing\n\n", "the file is empty")]
    [InlineData("", "the file is empty")]
    [InlineData("[INPUT]\n  Name\n", "line 2: the key 'Name' has no value")]
    [InlineData("Name tail\n[INPUT]\n", "line 1: 'Name' stands before the first section")]
    [InlineData("[INPUT]\n  Name tail\n  Tag a\n", "line 1: the input tail has no Path")]
    [InlineData("@INCLUDE missing.conf\n", "line 1: the included file missing.conf does not exist")]
    [InlineData("[SERVICE]\n  Flush 1\n@INCLUDE main.conf\n", "leads back to itself")]
    [InlineData("@SET nothing\n", "line 1: '@SET nothing' is neither")]
    [InlineData("[INPUT]\n  Name tail\n  Path /a\n  Tag a\n[OUTPUT]\n  Name s3\n  Match_Regex (\n", "line 7: '(' is not a regular expression")]
    [InlineData("pipeline:\n  inputs: [\n", "is not YAML")]
    [InlineData("other: 1\n", "it has no pipeline")]
    public async Task What_cannot_be_read_is_told_with_file_and_line(string text, string words)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", text);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
        Assert.Contains(".conf", converted.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_UTF8_is_told_with_its_line()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, [.. "[INPUT]\n  Name "u8, 0xE9, (byte)'\n']);

        var (code, output, error) = await Converted.RunAsync("convert", "--from", "fluent-bit", file);

        Assert.Equal((1, "", $"{file} line 2: the file is not UTF-8 text; save it as UTF-8\n"), (code, output, error));
        File.Delete(file);
    }

    private static string Indent(string text) => string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => $"    {l}\n"));

    private static async Task<Converted> ConvertAsync(string text) => await Converted.OfAsync("fluent-bit", ".conf", text);

    /// <summary>Not validated: the mistake is what is looked for.</summary>
    private static async Task<Converted> ConvertOnlyAsync(string text)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, text);
        var (code, output, error) = await Converted.RunAsync("convert", "--from", "fluent-bit", file);
        File.Delete(file);
        return new Converted(code, output, error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
