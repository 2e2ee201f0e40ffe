using Collector.Configuration;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector convert --from fluentd</c>, and Astronomer's values, which stand for one.</summary>
public sealed class ConvertFluentdTests
{
    private const string Containers = """
        <source>
          @type tail
          @id containers
          path /var/log/containers/*.log
          pos_file /var/log/fluentd.pos
          tag kubernetes.*
          read_from_head true
          <parse>
            @type cri
          </parse>
        </source>
        <filter kubernetes.**>
          @type kubernetes_metadata
        </filter>

        """;

    private const string Store = """
          @type s3
          s3_bucket team-logs
          s3_region eu-central-1
          path logs/
          <format>
            @type json
          </format>
        """;

    private const string Bucket = $"<match **>\n{Store}\n</match>\n";

    [Fact]
    public async Task The_usual_containers_to_S3_lose_nothing()
    {
        var converted = await ConvertAsync($"""
            {Containers}
            <match kubernetes.**>
            {Store}
              s3_object_key_format "%{"{path}"}%Y/%m/%d/%{"{time_slice}"}_%{"{index}"}.%{"{file_extension}"}"
              <assume_role_credentials>
                role_arn arn:aws:iam::123456789012:role/logs
                role_session_name fluentd
              </assume_role_credentials>
              <buffer tag,time>
                @type file
                path /var/log/buffer
                timekey 5m
                chunk_limit_size 32m
                total_limit_size 4g
                overflow_action drop_oldest_chunk
              </buffer>
            </match>
            """);

        Assert.Empty(converted.Weighty);
        Assert.IsType<ContainerSourceSettings>(Assert.Single(converted.Configuration.Sources));
        Assert.True(converted.Configuration.Kubernetes.Enabled);
        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal("logs/{\"%Y/%m/%d\"}/", output.KeyPrefix.Text);
        Assert.Equal((TimeSpan.FromMinutes(5), 32 * Size.MiB, 4 * Size.GiB, WhenFull.DropOldest), (output.Batch.MaxAge, output.Batch.MaxSize, output.Buffer.MaxSize, output.Buffer.WhenFull));
        var identity = ((S3Settings)output.Store).Identity;
        Assert.Equal(("arn:aws:iam::123456789012:role/logs", "fluentd"), (identity.AssumeRole.RoleArn, identity.AssumeRole.SessionName));
    }

    /// <summary>As of a host without containers: JSON as it is, with keys, in clear text, every minute.</summary>
    [Fact]
    public async Task A_file_of_JSON_lines_goes_to_a_bucket_by_the_hour()
    {
        var converted = await ConvertAsync("""
            <source>
              @type tail
              path /var/log/audit-app/events.log   # of the application
              pos_file /var/log/audit-app/events.log.pos
              tag out.*
              <parse>
                @type json
              </parse>
            </source>
            <match out.var.log.audit-app.events.log>
              @type s3
              aws_key_id AKIDEXAMPLE
              aws_sec_key secret
              s3_bucket 20260117-events
              path events
              check_object false
              s3_object_key_format %{path}/%Y/%m/%d/%H/%{time_slice}_%{hms_slice}.%{file_extension}
              <buffer>
                timekey 60
                flush_mode interval
                flush_interval 30s
                chunk_limit_size 256m
              </buffer>
              <format>
                @type json
              </format>
              store_as text
              utc
            </match>
            """);

        Assert.Empty(converted.Weighty);
        Assert.False(converted.Configuration.Kubernetes.Enabled);
        var source = Assert.IsType<FileSourceSettings>(Assert.Single(converted.Configuration.Sources));
        Assert.Equal(("/var/log/audit-app/events.log", FileParser.Json, "time", StartAt.End), (source.Path, source.Parser, source.TimeField, source.StartAt));
        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal(("events/{\"%Y/%m/%d/%H\"}/", Compression.None, TimeSpan.FromSeconds(30)), (output.KeyPrefix.Text, output.Compression, output.Batch.MaxAge));
        Assert.Equal(AwsIdentityType.AccessKey, ((S3Settings)output.Store).Identity.Type);
    }

    [Fact]
    public async Task Copies_labels_and_the_first_match_are_followed()
    {
        var converted = await ConvertAsync($$"""
            <source>
              @type tail
              @label @PODS
              path /var/log/containers/*.log
              tag kube.*
            </source>
            <source>
              @type tail
              @id host
              path /var/log/syslog
              tag host
            </source>
            <match host>
              @type null
            </match>
            <match **>
              @type gcs
              bucket not-reached
              <format>
                @type json
              </format>
            </match>
            <label @PODS>
              <filter **>
                @type kubernetes_metadata
              </filter>
              <filter **>
                @type grep
                <exclude>
                  key $.kubernetes.namespace_name
                  pattern /^(kube-system|dev)$/
                </exclude>
              </filter>
              <match kube.**>
                @type copy
                <store>
            {{Store}}
                </store>
                <store>
                  @type azurestorage
                  azure_storage_account teamaccount
                  azure_storage_access_key c2VjcmV0
                  azure_container logs
                  path pods/
                  <format>
                    @type single_value
                  </format>
                </store>
              </match>
              <match **>
                @type elasticsearch
              </match>
            </label>
            """);

        Assert.Empty(converted.Weighty);
        Assert.Equal("/var/log/containers/*.log", Assert.Single(converted.Configuration.Sources).Path);
        Assert.Equal(["s3", "azure"], converted.Configuration.Outputs.Select(o => o.Name));
        Assert.All(converted.Configuration.Outputs, o => Assert.Equal(["kube-system", "dev"], o.Match.Namespaces.Exclude));
        Assert.Equal(("pods/", ObjectFormat.Text), (converted.Configuration.Outputs[1].KeyPrefix.Text, converted.Configuration.Outputs[1].Format));
        Assert.DoesNotContain("not-reached", converted.Yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<filter **>\n  @type grep\n  <regexp>\n    key log\n    pattern /x/\n  </regexp>\n</filter>", "filter grep (regexp log /x/) drops records")]
    [InlineData("<filter **>\n  @type record_transformer\n  <record>\n    team blue\n  </record>\n</filter>", "record_transformer (team blue) changes records")]
    [InlineData("<filter **>\n  @type record_transformer\n  remove_keys stream\n</filter>", "(remove_keys stream) removes fields")]
    [InlineData("<filter **>\n  @type concat\n  key log\n  multiline_start_regexp /^at/\n</filter>", "filter concat joins lines")]
    [InlineData("<filter **>\n  @type nothing_known\n</filter>", "filter nothing_known has no counterpart")]
    [InlineData("<source>\n  @type forward\n</source>", "source forward is not collected")]
    [InlineData("<match kubernetes.var.log.containers.cart**>\n  @type file\n</match>", "output file is left out")]
    public async Task What_makes_other_data_of_it_is_of_weight(string element, string words)
    {
        var converted = await ConvertAsync($"{Containers}{element}\n{Bucket}");

        Assert.Equal(1, converted.Code);
        Assert.Contains(converted.Weighty, w => w.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<filter **>\n  @type concat\n  key log\n  use_partial_cri_logtag true\n</filter>")]
    [InlineData("<filter **>\n  @type stdout\n</filter>")]
    [InlineData("<source>\n  @type prometheus\n</source>")]
    [InlineData("<system>\n  log_level trace\n</system>")]
    public async Task What_changes_no_data_has_no_weight(string element)
    {
        var converted = await ConvertAsync($"{Containers}{element}\n{Bucket}");

        Assert.Equal((0, 0), (converted.Code, converted.Weighty.Count));
    }

    [Theory]
    [InlineData("<filter **>\n  @type stdout\n</filter>", "filter stdout is left out")]
    [InlineData("<filter **>\n  @type prometheus\n</filter>", "filter prometheus is left out")]
    [InlineData("<source>\n  @type monitor_agent\n</source>", "source monitor_agent is left out")]
    [InlineData("<match kubernetes.**>\n  @type copy\n  <store>\n    @type null\n  </store>\n  <store>\n    @type s3\n    s3_bucket other-logs\n  <format>\n@type json\n</format>\n</store>\n</match>", "output null is left out")]
    [InlineData("<match fluent.**>\n  @type gcs\n  bucket own\n</match>", "match fluent.** (gcs) is left out: no collected source goes to it")]
    [InlineData("<label @X>\n  <match **>\n    @type file\n  </match>\n</label>", "match ** (file) is left out: no collected source goes to it")]
    public async Task What_is_left_out_without_weight_is_noted(string element, string words)
    {
        var converted = await ConvertAsync($"{Containers}{element}\n{Bucket}");

        Assert.Equal((0, 0), (converted.Code, converted.Weighty.Count));
        Assert.Contains(converted.Errors, e => e.StartsWith($"note: {words}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<parse>\n@type json\ntime_key ts\ntime_format %d/%b/%Y:%H:%M:%S %z\n</parse>", "ts", "%d/%b/%Y:%H:%M:%S %z", null)]
    [InlineData("<parse>\n@type json\ntime_format %Y-%m-%dT%H:%M:%S.%N%z\n</parse>", "time", "auto", null)]
    [InlineData("<parse>\n@type json\ntime_type unixtime\n</parse>", "time", "auto", null)]
    [InlineData("<parse>\n@type json\ntime_format %j %Y\n</parse>", "time", "auto", "time_format %j %Y is not supported")]
    [InlineData("<parse>\n@type json\ntime_format %F %T\ntimezone Asia/Tokyo\n</parse>", "time", "%F %T", "times without a zone are those of Asia/Tokyo")]
    [InlineData("format json\ntime_key ts\ntime_format %d.%m.%Y %T", "ts", "%d.%m.%Y %T", null)]
    public async Task The_time_of_a_JSON_line_is_read_as_it_was(string parse, string field, string format, string? lost)
    {
        var converted = await ConvertAsync($"<source>\n@type tail\npath /var/log/app.log\ntag app\n{parse}\n</source>\n{Bucket}");

        var source = (FileSourceSettings)converted.Configuration.Sources[0];
        Assert.Equal((FileParser.Json, field, format), (source.Parser, source.TimeField, source.TimeFormat.Text));
        if (lost is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(lost, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_beyond_the_limit_is_the_limit()
    {
        var converted = await ConvertAsync($"{Containers}{Bucket.Replace("<format>", "<buffer time>\ntimekey 90d\n</buffer>\n<format>", StringComparison.Ordinal)}");

        Assert.Equal(TimeSpan.FromDays(30), Assert.Single(converted.Configuration.Outputs).Batch.MaxAge);
        Assert.Contains(converted.Errors, e => e.StartsWith("note: timekey 90d is longer than the collector allows; maxAge is set to its limit, 720h", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Constants_variables_and_JSON_lines_have_keys()
    {
        Environment.SetEnvironmentVariable("CONVERT_TEST_BUCKET", "team-logs");
        var converted = await ConvertAsync($$"""
            {{Containers}}
            <filter **>
              @type record_transformer
              <record>
                cluster dev
              </record>
            </filter>
            <filter **>
              @type parser
              key_name log
              <parse>
                @type json
              </parse>
            </filter>
            {{Bucket.Replace("s3_bucket team-logs", "s3_bucket \"#{ENV['CONVERT_TEST_BUCKET']}\"", StringComparison.Ordinal)}}
            """);

        Assert.Empty(converted.Weighty);
        Assert.Equal("dev", converted.Configuration.Cluster);
        Assert.True(((ContainerSourceSettings)converted.Configuration.Sources[0]).ParseJson);
        Assert.Equal("team-logs", ((S3Settings)converted.Configuration.Outputs[0].Store).Bucket);
        Assert.Contains("${CONVERT_TEST_BUCKET}", converted.Yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dates_in_a_path_are_wildcards()
    {
        var converted = await ConvertAsync($"<source>\n  @type tail\n  path /var/log/app.%Y-%m-%d.log\n  tag app\n</source>\n{Bucket}");

        Assert.Equal("/var/log/app.*.log", Assert.Single(converted.Configuration.Sources).Path);
        Assert.Empty(converted.Weighty);
    }

    /// <summary>As the images of Fluentd's for Kubernetes have it.</summary>
    [Fact]
    public async Task A_variable_with_a_default_counts_as_its_default()
    {
        var converted = await ConvertAsync(Containers
            .Replace("path /var/log/containers/*.log", "path \"#{ENV['FLUENT_PATH'] || '/var/log/containers/*.log'}\"", StringComparison.Ordinal)
            .Replace("tag kubernetes.*", "tag \"#{ENV['FLUENT_TAG'] || 'kubernetes.*'}\"", StringComparison.Ordinal) + Bucket.Replace("eu-central-1", "\"#{ENV.fetch('FLUENT_REGION', \"eu-west-1\")}\"", StringComparison.Ordinal));

        Assert.Empty(converted.Weighty);
        Assert.Equal("/var/log/containers/*.log", Assert.IsType<ContainerSourceSettings>(Assert.Single(converted.Configuration.Sources)).Path);
        Assert.True(converted.Configuration.Kubernetes.Enabled);
        Assert.Equal("eu-west-1", ((S3Settings)converted.Configuration.Outputs[0].Store).Region);
        Assert.Contains("${FLUENT_PATH:-/var/log/containers/*.log}", converted.Yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Includes_are_read_from_beside_the_file()
    {
        var converted = await Converted.OfAsync("fluentd", ".conf", "@include in.conf\n@include conf-*.conf\n", ("in.conf", Containers), ("conf-out.conf", Bucket));

        Assert.Single(converted.Configuration.Outputs);
        Assert.Equal(0, converted.Code);
    }

    [Theory]
    [InlineData("<source\n  @type tail\n", "line 1: '<source' begins an element")]
    [InlineData("<source>\n  @type tail\n", "line 1: <source> has no </source>")]
    [InlineData("<source>\n  <parse>\n  </source>\n", "line 3: </source> stands where <parse> of line 2 is to be ended")]
    [InlineData("</source>\n", "line 1: </source> ends nothing")]
    [InlineData("path /a\n", "line 1: 'path' stands outside of every element")]
    [InlineData("", "the file is empty")]
    [InlineData("@include missing.conf\n", "line 1: the included file missing.conf does not exist")]
    [InlineData("@include main.conf\n", "leads back to itself")]
    [InlineData("<source>\n  @type tail\n</source>\n", "line 1: the source tail has no path")]
    [InlineData("<sauce>\n</sauce>\n", "line 1: <sauce> is not a top-level element")]
    public async Task What_cannot_be_read_is_told_with_file_and_line(string text, string words)
    {
        var converted = await ConvertAsync(text);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Astronomers_values_are_its_fluentd()
    {
        var converted = await Converted.OfAsync("astronomer", ".yaml", """
            global: {baseDomain: example.com}
            fluentd:
              s3:
                enabled: true
                role_arn: arn:aws:iam::123456789012:role/airflow-logs
                role_session_name: airflow
                s3_bucket: airflow-logs
                s3_region: us-east-2
            """);

        Assert.Equal(0, converted.Code);
        var output = Assert.Single(converted.Configuration.Outputs);
        var store = Assert.IsType<S3Settings>(output.Store);
        Assert.Equal(("airflow-logs", "us-east-2", AwsIdentityType.Instance), (store.Bucket, store.Region, store.Identity.Type));
        Assert.Equal("arn:aws:iam::123456789012:role/airflow-logs", store.Identity.AssumeRole.RoleArn);
        Assert.Equal(["astronomer-*"], output.Match.Namespaces.Include);
    }

    [Theory]
    [InlineData("fluentd: {s3: {enabled: false}}\n", "fluentd.s3.enabled is not true")]
    [InlineData("nginx: {}\n", "it has no fluentd.s3")]
    public async Task Values_of_Astronomer_that_send_nothing_are_told(string values, string words)
    {
        var converted = await Converted.OfAsync("astronomer", ".yaml", values);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
    }

    private static async Task<Converted> ConvertAsync(string text) => await Converted.OfAsync("fluentd", ".conf", text);
}
