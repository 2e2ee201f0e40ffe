using System.Net;
using System.Text.RegularExpressions;
using Collector.Configuration;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>The contract's own examples: its defaults, and every key at once.</summary>
public sealed class ExampleTests
{
    [Fact]
    public void The_defaults_are_those_of_the_contract()
    {
        var shortest = Yaml.Valid(Yaml.Minimal);
        var contract = Examples.Read("contract.yaml");

        Assert.Equal(Print(contract), Print(shortest));
        Assert.True(contract.Kubernetes.Enabled);
        Assert.Equal("/var/lib/collector", shortest.DataDir);
        Assert.Equal(48_000_000, shortest.Outputs[0].Batch.MaxSize);
        Assert.Equal(TimeSpan.FromMinutes(5), shortest.Outputs[0].Batch.MaxAge);
        Assert.Equal(new ListenAddress(null, 2020), shortest.Telemetry.Listen);
    }

    [Fact]
    public void The_defaults_of_a_file_source_are_those_of_the_contract()
    {
        var shortest = Yaml.Valid(Yaml.Output + "sources: [{name: go-audit, type: file, path: /var/log/go-audit/*.log}]");
        var contract = Yaml.Valid(Yaml.Output + """
            sources:
              - name: go-audit
                type: file
                path: /var/log/go-audit/*.log
                parser: text
                timeField: ""
                timeFormat: auto
                sourceName: false
                logType: application
                logSource: file
                flushPartialAfter: 5s
            """);

        Assert.Equal(Print(contract), Print(shortest));
    }

    [Fact]
    public void The_defaults_of_the_stores_are_those_of_the_contract()
    {
        var shortest = Yaml.Valid(Yaml.Source + """
            outputs:
              - {name: a, store: {type: s3, bucket: my-logs}}
              - {name: b, store: {type: azureBlob, account: mystorage, container: logs}}
              - {name: c, store: {type: gcs, bucket: my-logs}}
            """);

        Assert.Equal(Print(Examples.Read("contract-stores.yaml")), Print(shortest));
    }

    [Fact]
    public void Every_key_is_read()
    {
        var configuration = Examples.Read("every-key.yaml");

        Assert.Equal(("dev", "node-1", "/srv/collector"), (configuration.Cluster, configuration.Node, configuration.DataDir));
        var (kubernetes, buffer) = (configuration.Kubernetes, configuration.Buffer);
        Assert.Equal((true, "/etc/kubeconfig", TimeSpan.FromSeconds(20)), (kubernetes.Enabled, kubernetes.Kubeconfig, kubernetes.MetadataTimeout));
        Assert.Equal((false, true, true, true), (kubernetes.Labels, kubernetes.Annotations, kubernetes.NamespaceLabels, kubernetes.NodeLabels));
        Assert.Equal(["kube-system"], kubernetes.InfrastructureNamespaces);
        Assert.Equal((TimeSpan.FromSeconds(1), FreeDisk.OfBytes(10 * Size.GiB)), (buffer.Sync, buffer.MinFreeDisk));
        Assert.Equal((Size.GiB, 50 * Size.MB), (buffer.MaxDeletedUnread, buffer.QuarantineMaxSize));
        Assert.Equal(new ListenAddress(IPAddress.Loopback, 2021), configuration.Telemetry.Listen);
        Assert.Equal(new LogConfiguration { Level = LogLevel.Debug, Format = LogFormat.Text }, configuration.Telemetry.Log);
        Assert.Equal(TimeSpan.FromSeconds(55), configuration.Shutdown.Grace);
    }

    [Fact]
    public void Every_key_of_a_source_is_read()
    {
        var sources = Examples.Read("every-key.yaml").Sources;

        var containers = Assert.IsType<ContainerSourceSettings>(sources[0]);
        Assert.Equal(("pods", "/logs/containers/*_shop_*.log", "/logs/pods", "/data/docker/containers"), (containers.Name, containers.Path, containers.PodLogs, containers.DockerRoot));
        Assert.Equal(["/logs/containers/debug-*"], containers.ExcludePaths);
        Assert.Equal((StartAt.End, 2 * Size.MiB, true), (containers.StartAt, containers.MaxRecordSize, containers.ParseJson));
        var file = Assert.IsType<FileSourceSettings>(sources[1]);
        Assert.Equal((FileParser.Json, "ts", LogType.Audit, "go-audit"), (file.Parser, file.TimeField, file.LogType, file.LogSource));
        Assert.Equal(("%d/%b/%Y:%H:%M:%S %z", true, true), (file.TimeFormat.Text, file.NamesSource, containers.NamesSource));
        Assert.Equal((TimeSpan.FromMilliseconds(1500), StartAt.End, Size.KiB), (file.FlushPartialAfter, file.StartAt, file.MaxRecordSize));
    }

    [Fact]
    public void Every_key_of_an_output_is_read()
    {
        var output = Examples.Read("every-key.yaml").Outputs[0];

        Assert.Equal(("archive", "a/{.cluster||\"none\"}/", ObjectFormat.Text), (output.Name, output.KeyPrefix.Text, output.Format));
        Assert.Equal(["pods", "audit"], output.Match.Sources);
        Assert.Equal([LogType.Application, LogType.Audit], output.Match.LogTypes);
        Assert.Equal(["shop-*"], output.Match.Namespaces.Include);
        Assert.Equal(["shop-test"], output.Match.Namespaces.Exclude);
        Assert.Equal("cart", output.Match.PodLabels["app.kubernetes.io/name"]);
        Assert.Equal((Compression.Zstd, 19, DeliveryMode.AtLeastOnce), (output.Compression, output.CompressionLevel, output.DeliveryMode));
        Assert.Equal(new BatchSettings { MaxSize = 32 * Size.MB, MaxAge = TimeSpan.FromSeconds(90), MaxOpen = 10, FlushOnContainerEnd = false }, output.Batch);
        Assert.Equal(
            new RetrySettings { MinBackoff = TimeSpan.FromSeconds(2), MaxBackoff = TimeSpan.FromMinutes(1), AttemptTimeout = TimeSpan.FromSeconds(10) },
            output.Retry);
        Assert.Equal(new OutputBufferSettings { MaxSize = 5 * Size.GiB, WhenFull = WhenFull.DropOldest }, output.Buffer);
    }

    /// <summary>Records print themselves, and of their lists only the type: so that goes out, and the items come besides.</summary>
    private static string Print(CollectorConfiguration configuration) => Regex.Replace(
        string.Join(
            '\n',
            [
                configuration,
                .. configuration.Kubernetes.InfrastructureNamespaces,
                .. configuration.Sources,
                .. configuration.Sources.SelectMany(source => source.ExcludePaths),
                .. configuration.Outputs,
                .. configuration.Outputs.SelectMany(output => output.Match.Sources),
                .. configuration.Outputs.SelectMany(output => output.Match.LogTypes),
                .. configuration.Outputs.SelectMany(output => output.Match.Namespaces.Include.Concat(output.Match.Namespaces.Exclude)),
                .. configuration.Outputs.SelectMany(output => output.Match.PodLabels),
            ]),
        @"= [^ ]*\[[^ ]*",
        "=");
}
