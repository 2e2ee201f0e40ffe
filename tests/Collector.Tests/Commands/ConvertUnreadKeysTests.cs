using Collector.ObjectStores.S3;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>No key of another agent's configuration is left out without a remark.</summary>
public sealed class ConvertUnreadKeysTests
{
    private const string Odd = "zz_odd";

    private const string FluentBit = """
        [SERVICE]
            Parsers_File parsers.conf
        [INPUT]
            Name tail
            Tag  kube.*
            Path /var/log/containers/*.log
            Read_from_Head On
        [INPUT]
            Name tail
            Tag  host.app
            Path /var/log/app.log
            Parser pj
        [PARSER]
            Name   pj
            Format json
        [FILTER]
            Name  kubernetes
            Match kube.*
            K8S-Logging.Exclude On
        [FILTER]
            Name  grep
            Match kube.*
            Exclude $kubernetes['namespace_name'] ^dev$
        [FILTER]
            Name  modify
            Match *
            Add cluster dev
        [FILTER]
            Name parser
            Match kube.var.*
            Key_Name log
            Parser json
        [OUTPUT]
            Name   s3
            Match  *
            bucket team-logs
        [OUTPUT]
            Name   azure_blob
            Match  *
            account_name teamaccount
            container_name logs
        """;

    private const string Fluentd = """
        <system>
          log_level info
        </system>
        <source>
          @type tail
          path /var/log/app.log
          tag app
          <parse>
            @type json
          </parse>
        </source>
        <source>
          @type tail
          path /var/log/containers/*.log
          tag kube.*
        </source>
        <filter kube.**>
          @type kubernetes_metadata
        </filter>
        <filter **>
          @type record_transformer
          enable_ruby
          <record>
            cluster dev
          </record>
        </filter>
        <filter kube.**>
          @type parser
          key_name log
          <parse>
            @type json
          </parse>
        </filter>
        <match kube.**>
          @type copy
          <store>
            @type s3
            s3_bucket team-logs
            <assume_role_credentials>
              role_arn arn:aws:iam::123456789012:role/logs
            </assume_role_credentials>
            <buffer time>
              timekey 60
            </buffer>
            <format>
              @type json
            </format>
          </store>
          <store>
            @type null
          </store>
        </match>
        <match app>
          @type relabel
          @label @APP
        </match>
        <label @APP>
          <match **>
            @type gcs
            bucket app-logs
            <format>
              @type json
            </format>
          </match>
        </label>
        """;

    private const string Vector = """
        data_dir = "/var/lib/vector"
        [sources.pods]
        type = "kubernetes_logs"
        [sources.web]
        type = "file"
        include = ["/var/log/nginx/*.log"]
        [transforms.clean]
        type = "remap"
        inputs = ["pods"]
        source = 'del(.file)'
        [transforms.mine]
        type = "filter"
        inputs = ["clean"]
        [transforms.mine.condition]
        type = "vrl"
        source = '.kubernetes.pod_namespace == "shop"'
        [sinks.bucket]
        type = "aws_s3"
        inputs = ["mine", "web"]
        bucket = "team-logs"
        region = "eu-central-1"
        [sinks.bucket.auth]
        assume_role = "arn:aws:iam::123456789012:role/logs"
        [sinks.bucket.buffer]
        type = "disk"
        max_size = 2_000_000_000
        [sinks.bucket.tls]
        ca_file = "/etc/ca.pem"
        """;

    private const string ClusterLogForwarder = """
        kind: ClusterLogForwarder
        spec:
          inputs:
            -
              name: shop
              type: application
              application:
                includes:
                  -
                    namespace: shop-*
                selector:
                  matchLabels: {app: cart}
          filters:
            -
              name: f
              type: parse
          outputs:
            -
              name: archive
              type: s3
              tls:
                ca:
                  key: ca.crt
                  secretName: private
              s3:
                bucket: hosted-logs
                region: us-east-1
                authentication:
                  type: awsAccessKey
                  awsAccessKey:
                    keyId: {key: id, secretName: aws}
                    keySecret: {key: secret, secretName: aws}
                tuning:
                  compression: zstd
          pipelines:
            -
              name: all
              inputRefs: [shop]
              filterRefs: [f]
              outputRefs: [archive]
        """;

    /// <summary>A key that nobody knows, in every place that has keys: the readers have no list of places where they look.</summary>
    [Theory]
    [InlineData("fluent-bit", ".conf", FluentBit, "[", "    zz_odd 1")]
    [InlineData("fluentd", ".conf", Fluentd, "<", "    zz_odd 1")]
    [InlineData("vector", ".toml", Vector, "[", "zz_odd = 1")]
    [InlineData("clusterlogforwarder", ".yaml", ClusterLogForwarder, "", "zz_odd: 1")]
    public async Task A_key_that_is_not_known_is_told_wherever_it_is(string agent, string extension, string text, string begin, string key)
    {
        var lines = text.Split('\n').ToList();
        var whole = await ConvertAsync(agent, extension, lines);
        Assert.Equal(0, whole.Code);
        var places = Enumerable.Range(0, lines.Count - 1).Where(i => begin.Length > 0
            ? lines[i].TrimStart().StartsWith(begin, StringComparison.Ordinal) && !lines[i].Contains("</", StringComparison.Ordinal) && !IsWithoutKeys(lines[i])
            : i > 1 && lines[i].TrimEnd() is var line && (line.EndsWith(':') || line.EndsWith('-')) && !lines[i + 1].EndsWith('-')).ToList();
        Assert.True(places.Count > 6);
        foreach (var place in places)
        {
            var margin = begin.Length > 0 ? "" : new string(' ', lines[place + 1].Length - lines[place + 1].TrimStart().Length);
            var converted = await ConvertAsync(agent, extension, [.. lines[..(place + 1)], $"{margin}{key}", .. lines[(place + 1)..]]);
            Assert.True(converted.Weighty.Any(w => w.Contains(Odd, StringComparison.Ordinal) && w.EndsWith($"line {place + 2})", StringComparison.Ordinal)), $"line {place + 1}: {lines[place]}\n{string.Join('\n', converted.Errors)}");
        }
    }

    /// <summary>A record has fields of any name; a label has matches alone.</summary>
    private static bool IsWithoutKeys(string line) => line.Contains("<record>", StringComparison.Ordinal) || line.Contains("<label", StringComparison.Ordinal);

    [Theory]
    [InlineData("fluent-bit", ".conf", "[INPUT]\nName tail\nTag a\nPath /var/log/a.log\nMem_Buf_Limit 5M\n[OUTPUT]\nName s3\nMatch a\nbucket team-logs\nsend_content_md5 on\nnet.keepalive on", "Mem_Buf_Limit,send_content_md5,net.keepalive")]
    [InlineData("fluentd", ".conf", "<source>\n@type tail\ntag a\npath /var/log/a.log\nrefresh_interval 5\n</source>\n<match a>\n@type s3\ns3_bucket team-logs\ncheck_bucket false\n<format>\n@type json\n</format>\n<buffer>\nflush_thread_count 3\n</buffer>\n</match>", "refresh_interval,check_bucket,buffer.flush_thread_count")]
    [InlineData("vector", ".yaml", "api: {enabled: true}\nsources: {p: {type: kubernetes_logs, max_read_bytes: 9}}\nsinks: {s: {type: aws_s3, inputs: [p], bucket: team-logs, request: {concurrency: 5}}}", "api,max_read_bytes,request.concurrency")]
    [InlineData("clusterlogforwarder", ".yaml", "kind: ClusterLogForwarder\nspec:\n  managementState: Managed\n  outputs: [{name: o, type: s3, s3: {bucket: hosted-logs}, tls: {securityProfile: {type: Old}}}]\n  pipelines: [{inputRefs: [application], outputRefs: [o]}]", "managementState,tls.securityProfile")]
    public async Task A_key_that_changes_no_data_is_a_note(string agent, string extension, string text, string keys)
    {
        var converted = await Converted.OfAsync(agent, extension, text);

        Assert.Equal(0, converted.Code);
        Assert.All(keys.Split(','), key => Assert.Contains(converted.Errors, e => e.StartsWith($"note: {key} has no counterpart; the stored data are the same", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_certificates_and_the_rate_of_an_output_of_a_ClusterLogForwarder_are_told()
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", """
            kind: ClusterLogForwarder
            spec:
              outputs:
                - name: o
                  type: s3
                  s3: {bucket: hosted-logs, region: a}
                  rateLimit: {maxRecordsPerSecond: 5}
                  tls: {insecureSkipVerify: true, ca: {key: ca.crt, configMapName: c}, certificate: {key: a, secretName: b}}
                - {name: unused, type: loki}
              pipelines: [{name: p, inputRefs: [application], outputRefs: [o]}]
            """);

        Assert.Equal("/var/run/secrets/forwarder/ca.crt", ((S3Settings)converted.Configuration.Outputs[0].Store).CaFile);
        Assert.Equal(2, converted.Weighty.Count);
        Assert.Contains(converted.Weighty, w => w.Contains("rateLimit drops the records above a rate", StringComparison.Ordinal));
        Assert.Contains(converted.Weighty, w => w.Contains("tls.certificate is of a client certificate", StringComparison.Ordinal));
        Assert.Contains(converted.Errors, e => e.StartsWith("note: the collector always verifies certificates", StringComparison.Ordinal));
        Assert.Contains(converted.Errors, e => e.StartsWith("note: tls.ca is a key of the ConfigMap c: mount it", StringComparison.Ordinal));
        Assert.Contains(converted.Errors, e => e.StartsWith("note: output unused is left out: no pipeline refers to it", StringComparison.Ordinal));
    }

    /// <summary>The annotations that it honours, or does not, are other ones than the collector's.</summary>
    [Theory]
    [InlineData("", "note: K8S-Logging.Exclude is off")]
    [InlineData("K8S-Logging.Exclude Off", "NOT CONVERTED: K8S-Logging.Exclude is off")]
    [InlineData("K8S-Logging.Exclude On\n    K8S-Logging.Parser On", "note: the collector ignores the pod annotation fluentbit.io/parser")]
    public async Task Annotations_that_have_another_effect_are_named(string keys, string words)
    {
        var converted = await Converted.OfAsync("fluent-bit", ".conf", FluentBit.Replace("    K8S-Logging.Exclude On", $"    {keys}", StringComparison.Ordinal).Replace("        \n", "", StringComparison.Ordinal).Replace("    \n", "", StringComparison.Ordinal), ("parsers.conf", ""));

        Assert.Contains(converted.Errors, e => e.StartsWith(words, StringComparison.Ordinal));
        Assert.Equal(words.StartsWith("note", StringComparison.Ordinal) ? 0 : 1, converted.Code);
    }

    [Theory]
    [InlineData("fluent-bit", ".conf", "[INPUT]\nName tail\nTag a\nPath /var/log/a.log\n[OUTPUT]\nName s3\nMatch a\nbucket team-logs\ntotal_file_size big\nstore_dir_limit_size ${ROOM}", "total_file_size big,store_dir_limit_size ${ROOM}")]
    [InlineData("fluentd", ".conf", "<source>\n@type tail\ntag a\npath /var/log/a.log\nmax_line_size long\n</source>\n<match a>\n@type s3\ns3_bucket team-logs\n<format>\n@type json\n</format>\n<buffer>\nchunk_limit_size 8 megs\ntotal_limit_size all\n</buffer>\n</match>", "max_line_size long,chunk_limit_size 8 megs,total_limit_size all")]
    [InlineData("vector", ".yaml", "sources: {p: {type: kubernetes_logs, max_line_bytes: long}, f: {type: file, include: [/var/log/a.log], max_line_bytes: x}}\nsinks: {s: {type: aws_s3, inputs: [p, f], bucket: team-logs, batch: {max_bytes: big}, buffer: {type: disk, max_size: all}}}", "max_line_bytes long,max_line_bytes x,batch.max_bytes big,buffer.max_size all")]
    [InlineData("clusterlogforwarder", ".yaml", "kind: ClusterLogForwarder\nspec:\n  outputs: [{name: o, type: s3, s3: {bucket: hosted-logs, tuning: {maxWrite: big}}}]\n  pipelines: [{inputRefs: [application], outputRefs: [o]}]", "maxWrite big")]
    public async Task A_size_that_cannot_be_read_is_a_note(string agent, string extension, string text, string keys)
    {
        var converted = await Converted.OfAsync(agent, extension, text);

        Assert.Equal(0, converted.Code);
        Assert.All(keys.Split(','), key => Assert.Contains(converted.Errors, e => e.StartsWith($"note: {key} is not a size that the collector can use", StringComparison.Ordinal)));
    }

    private static Task<Converted> ConvertAsync(string agent, string extension, IEnumerable<string> lines) => Converted.OfAsync(agent, extension, string.Join('\n', lines), ("parsers.conf", ""));
}
