using Collector.Commands.Converting;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Configurations that someone has damaged: whatever is left is converted, or refused with its place, and nothing else.</summary>
public sealed class ConvertDamagedTests : IDisposable
{
    private const int Rounds = 400;

    /// <summary>Characters that mean something in one of the forms.</summary>
    private const string Telling = "*$[]{}<>%()|\"'\\#:,=\n\t 9";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("collector-damaged-");

    public static TheoryData<string, string, string> Whole => new()
    {
        {
            "fluent-bit", ".conf", """
                @SET bucket=logs
                [INPUT]
                    Name tail
                    Tag  kube.<namespace_name>.*
                    Path /var/log/containers/*.log,/var/log/a.log
                    Parser json
                [PARSER]
                    Name json
                    Format json
                    Time_Key time
                    Time_Format %s
                [FILTER]
                    Name grep
                    Match_Regex ^kube\.(a|b)
                    Exclude $kubernetes['namespace_name'] ^(a|b-.*)$
                [FILTER]
                    Name modify
                    Match *
                    Add cluster dev
                [OUTPUT]
                    Name s3
                    Match kube.*
                    bucket ${bucket}
                    s3_key_format /$TAG[9]/$TAG/%Y/%m/$UUID.gz
                    total_file_size 20M
                    upload_timeout 10m
                """
        },
        {
            "fluentd", ".conf", """
                <source>
                  @type tail
                  path /var/log/app.%Y%m%d.log,/var/log/b.log # both
                  tag "app.*"
                  <parse>
                    @type json
                  </parse>
                </source>
                <filter app.{a,b} **>
                  @type grep
                  <exclude>
                    key $.kubernetes.namespace_name
                    pattern /^(a|b)$/
                  </exclude>
                </filter>
                <match **>
                  @type copy
                  <store>
                    @type s3
                    s3_bucket "#{ENV['BUCKET'] || 'logs'}"
                    path logs/${tag[1]}/${$.kubernetes.pod_name}/
                    s3_object_key_format %{path}%Y/%{time_slice}_%{index}.%{file_extension}
                    <buffer tag>
                      timekey 5m
                      chunk_limit_size 32m
                    </buffer>
                  </store>
                </match>
                """
        },
        {
            "vector", ".toml", """
                [sources.k]
                type = "kubernetes_logs"
                extra_label_selector = "app=cart"
                exclude_paths_glob_patterns = ["**/dev_*/**"]
                [transforms.r]
                type = "remap"
                inputs = ["k*"]
                source = '''
                .a = del(.b)
                .cluster = "x"
                '''
                [transforms.f]
                type = "filter"
                inputs = ["r"]
                condition = '.kubernetes.pod_namespace == "shop" && .kubernetes.pod_labels.app == "x"'
                [sinks.s]
                type = "aws_s3"
                inputs = ["f"]
                bucket = "logs"
                key_prefix = "a/{{ kubernetes.pod_name }}/%F/"
                batch = { max_bytes = 1_000_000, timeout_secs = 9 }
                """
        },
        {
            "clusterlogforwarder", ".yaml", """
                kind: ClusterLogForwarder
                spec:
                  inputs: [{name: in, type: application, application: {includes: [{namespace: a}], selector: {matchLabels: {app: x}}}}]
                  filters: [{name: f, type: drop}]
                  outputs:
                    - name: out
                      type: s3
                      s3:
                        bucket: logs
                        authentication: {type: awsAccessKey, awsAccessKey: {keyId: {key: a, secretName: b}}, assumeRole: {roleARN: {key: c}}}
                        tuning: {maxWrite: 500k, minRetryDuration: 5}
                  pipelines: [{name: p, inputRefs: [in, audit, infrastructure], outputRefs: [out, default], filterRefs: [f]}]
                """
        },
        { "union", ".yaml", "storage: {bucketName: plane-bucket, provider: aws}\nfluentbit: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: x}}}\n" },
        { "astronomer", ".yaml", "fluentd: {s3: {enabled: true, s3_bucket: logs, path: a/b, role_arn: x}}\n" },
    };

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Whole))]
    public void Whatever_is_left_is_converted_or_refused_with_its_place(string agent, string extension, string text)
    {
        var random = new Random(20261129);
        var file = Path.Combine(directory.FullName, $"main{extension}");
        int converted = 0, refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var damaged = Damage(text, random);
            File.WriteAllText(file, damaged);
            try
            {
                var (yaml, remarks) = Converter.Convert(agent, file);
                converted++;
                // A comment never reaches beyond its line: what it quotes would be read as configuration.
                Assert.All(remarks.Where(r => r.At.File == file), r => Assert.Contains($"# {r}\n", yaml, StringComparison.Ordinal));
            }
            catch (ConvertException e)
            {
                refused++;
                Assert.StartsWith(directory.FullName, e.Message, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"round {round}: {e}\n{damaged}");
            }
        }

        Assert.True(converted > 0 && refused > 0, $"{converted} converted, {refused} refused");
    }

    /// <summary>Cuts, doubles and swaps characters, lines and what stands between blanks.</summary>
    private static string Damage(string text, Random random)
    {
        for (var times = random.Next(1, 4); times > 0 && text.Length > 1; times--)
        {
            var (at, length) = (random.Next(text.Length), random.Next(1, 12));
            var piece = text.Substring(at, Math.Min(length, text.Length - at));
            text = random.Next(4) switch
            {
                0 => text.Remove(at, piece.Length),
                1 => text.Insert(random.Next(text.Length), piece),
                2 => text.Insert(at, Telling[random.Next(Telling.Length)].ToString()),
                _ => text[..at],
            };
        }

        return text;
    }
}
