using Collector.Configuration;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary><c>collector convert --from clusterlogforwarder</c>, and Union's values.</summary>
public sealed class ConvertClusterLogForwarderTests
{
    [Fact]
    public async Task Applications_and_audit_logs_go_to_a_bucket()
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", """
            apiVersion: observability.openshift.io/v1
            kind: ClusterLogForwarder
            metadata: {name: archive, namespace: openshift-logging}
            spec:
              serviceAccount: {name: collector}
              inputs:
                - {name: shop, type: application, application: {includes: [{namespace: shop-*}], selector: {matchLabels: {app: cart}}}}
                - {name: api, type: audit, audit: {sources: [kubeAPI, auditd]}}
              outputs:
                - name: archive
                  type: s3
                  s3:
                    bucket: hosted-logs
                    region: us-east-1
                    keyPrefix: 'logs/{.kubernetes.namespace_name||"node"}/'
                    authentication: {type: iamRole, iamRole: {roleARN: {key: role_arn, secretName: aws}, token: {from: serviceAccount}}}
                    tuning: {deliveryMode: atLeastOnce, maxWrite: 20M, compression: zstd, minRetryDuration: 5, maxRetryDuration: 60}
              pipelines:
                - {name: all, inputRefs: [shop, api], outputRefs: [archive]}
            """);

        Assert.Empty(converted.Weighty);
        Assert.Equal(["containers", "auditd", "kubeapi"], converted.Configuration.Sources.Select(s => s.Name));
        var api = Assert.IsType<FileSourceSettings>(converted.Configuration.Sources[2]);
        Assert.Equal((LogType.Audit, "kubeAPI", FileParser.Json, "requestReceivedTimestamp"), (api.LogType, api.LogSource, api.Parser, api.TimeField));
        var (shop, audit) = (converted.Configuration.Outputs[0], converted.Configuration.Outputs[1]);
        Assert.Equal((LogType.Application, "shop-*", "cart"), (shop.Match.LogTypes.Single(), shop.Match.Namespaces.Include.Single(), shop.Match.PodLabels["app"]));
        Assert.Equal(["auditd", "kubeapi"], audit.Match.Sources);
        Assert.All(converted.Configuration.Outputs, o => Assert.Equal((20 * Size.MB, Compression.Zstd, DeliveryMode.ExactlyOnce), (o.Batch.MaxSize, o.Compression, o.DeliveryMode)));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1)), (shop.Retry.MinBackoff, shop.Retry.MaxBackoff));
    }

    [Fact]
    public async Task The_older_API_has_namespaces_and_parse()
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", """
            apiVersion: logging.openshift.io/v1
            kind: ClusterLogForwarder
            spec:
              inputs: [{name: mine, application: {namespaces: [shop, pay]}}]
              outputs: [{name: archive, type: s3, s3: {bucket: hosted-logs, region: a, tuning: {maxWrite: 500k, deliveryMode: AtMostOnce}}}]
              pipelines: [{name: p, inputRefs: [mine], outputRefs: [archive], parse: json}]
            """);

        Assert.Equal(0, converted.Code);
        var output = Assert.Single(converted.Configuration.Outputs);
        Assert.Equal(("shop,pay", DeliveryMode.AtMostOnce), (string.Join(',', output.Match.Namespaces.Include), output.DeliveryMode));
        Assert.True(((ContainerSourceSettings)converted.Configuration.Sources[0]).ParseJson);
        Assert.Equal(KeyLayouts.OpenShift, output.Layout);
        Assert.Contains(converted.Errors, e => e.Contains("records longer than 61994 bytes are cut, marked and counted, because an object of 500kB has no room for longer ones; maxSize 7MiB has", StringComparison.Ordinal));
        Assert.Equal(500_000, output.Batch.MaxSize);
    }

    /// <summary>The narrowest match that has everything the input selects.</summary>
    [Theory]
    [InlineData("includes: [{namespace: pay}, {namespace: shop, container: cart}]", "pay,shop", "", "cart of shop); the collector selects by namespace and pod label, so it collects the other containers there, too")]
    [InlineData("includes: [{namespace: pay}, {container: cart}]", "", "", "cart of all namespaces")]
    [InlineData("excludes: [{namespace: pay}, {namespace: shop, container: cart}]", "", "pay", "so it collects these, too")]
    [InlineData("includes: [{namespace: pay, container: '*'}]", "pay", "", null)]
    public async Task Containers_by_name_leave_the_namespaces(string selection, string include, string exclude, string? remark)
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", $$$"""
            kind: ClusterLogForwarder
            spec:
              inputs: [{name: in, type: application, application: {{{{selection}}} }}]
              outputs: [{name: archive, type: s3, s3: {bucket: hosted-logs, region: a}}]
              pipelines: [{name: p, inputRefs: [in], outputRefs: [archive]}]
            """);

        var namespaces = Assert.Single(converted.Configuration.Outputs).Match.Namespaces;
        Assert.Equal((include, exclude), (string.Join(',', namespaces.Include), string.Join(',', namespaces.Exclude)));
        if (remark is null)
            Assert.Empty(converted.Weighty);
        else
            Assert.Contains(remark, Assert.Single(converted.Weighty), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_older_API_s_secret_and_delivery_are_told_or_taken_over()
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", """
            kind: ClusterLogForwarder
            spec:
              outputs: [{name: archive, type: s3, secret: {name: aws}, s3: {bucket: hosted-logs, region: a}, tuning: {delivery: AtMostOnce}}]
              pipelines: [{name: p, inputRefs: [application], outputRefs: [archive]}]
            """);

        Assert.Contains("the secret aws holds the store's credentials", Assert.Single(converted.Weighty), StringComparison.Ordinal);
        Assert.Equal(DeliveryMode.AtMostOnce, Assert.Single(converted.Configuration.Outputs).DeliveryMode);
    }

    [Fact]
    public async Task Applications_and_infrastructure_are_one_match_of_types()
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", """
            kind: ClusterLogForwarder
            spec:
              inputs: [{name: infra, type: infrastructure, infrastructure: {sources: [container]}}]
              outputs: [{name: archive, type: s3, s3: {bucket: hosted-logs, region: a}}]
              pipelines: [{name: p, inputRefs: [application, infra], outputRefs: [archive]}]
            """);

        Assert.Equal(0, converted.Code);
        Assert.Equal([LogType.Application, LogType.Infrastructure], Assert.Single(converted.Configuration.Outputs).Match.LogTypes);
    }

    [Theory]
    [InlineData("inputRefs: [infrastructure], outputRefs: [archive]", "", "the journal of the nodes is not collected")]
    [InlineData("inputRefs: [application], outputRefs: [archive, default]", "", "output default (the cluster's own store) is left out")]
    [InlineData("inputRefs: [application], outputRefs: [archive], filterRefs: [f]", "filters: [{name: f, type: drop}]", "filter f drops records")]
    [InlineData("inputRefs: [application], outputRefs: [archive], filterRefs: [f]", "filters: [{name: f, type: prune}]", "filter f removes fields")]
    [InlineData("inputRefs: [application], outputRefs: [archive], labels: {team: blue}", "", "labels of the pipeline p are added")]
    [InlineData("inputRefs: [in], outputRefs: [archive]", "inputs: [{name: in, type: application, application: {includes: [{namespace: a, container: b}]}}]", "selects containers by name")]
    [InlineData("inputRefs: [in, application], outputRefs: [archive]", "inputs: [{name: in, type: receiver}]", "the input in (receiver) is not collected")]
    public async Task What_makes_other_data_of_it_is_of_weight(string pipeline, string more, string words)
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", $$$"""
            kind: ClusterLogForwarder
            spec:
              {{{more}}}
              outputs: [{name: archive, type: s3, s3: {bucket: hosted-logs, region: a}}]
              pipelines: [{name: p, {{{pipeline}}} }]
            """);

        Assert.Equal(1, converted.Code);
        Assert.Contains(converted.Weighty, w => w.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kind: Pod\nspec: {}\n", "the document is not a ClusterLogForwarder")]
    [InlineData("kind: ClusterLogForwarder\nspec: {outputs: []}\n", "line 2: it has no pipelines")]
    [InlineData("kind: ClusterLogForwarder\nspec: {pipelines: [{name: p, inputRefs: [mine], outputRefs: [a]}]}\n", "line 2: the input mine is not defined")]
    [InlineData("kind: ClusterLogForwarder\nspec: {pipelines: [{name: p, inputRefs: [application], outputRefs: [a]}]}\n", "line 2: the output a is not defined")]
    [InlineData("kind: ClusterLogForwarder\nspec: {pipelines: [{name: p, inputRefs: [application], outputRefs: [a], filterRefs: [f]}]}\n", "line 2: the filter f is not defined")]
    [InlineData("[a]\n", "it is a list, not keys and values")]
    [InlineData("", "the file is empty")]
    public async Task What_cannot_be_read_is_told_with_file_and_line(string text, string words)
    {
        var converted = await Converted.OfAsync("clusterlogforwarder", ".yaml", text);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eks.amazonaws.com/role-arn: arn:aws:iam::1:role/x", "storage: {bucketName: plane-bucket, region: us-east-1}", "s3")]
    [InlineData("azure.workload.identity/client-id: 00000000-0000-0000-0000-000000000000", "storage: {accountName: planeaccount, container: plane}", "azureBlob")]
    [InlineData("iam.gke.io/gcp-service-account: x@y.iam.gserviceaccount.com", "storage: {bucketName: plane-bucket}", "gcs")]
    public async Task Unions_values_name_the_cloud_by_the_account(string annotation, string storage, string store)
    {
        var converted = await Converted.OfAsync("union", ".yaml", $"{storage}\nfluentbit:\n  serviceAccount:\n    name: fluentbit-system\n    annotations:\n      {annotation}\n");

        Assert.Equal(0, converted.Code);
        Assert.Contains($"type: {store}\n", converted.Yaml, StringComparison.Ordinal);
        // Its readers expect the layout that is the default here.
        Assert.StartsWith("persisted-logs/namespace-", Assert.Single(converted.Configuration.Outputs).KeyPrefix.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_of_Union_without_a_bucket_are_of_weight()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "fluentbit: {serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/x'}}}\n");

        var (code, _, error) = await Converted.RunAsync("convert", "--from", "union", file);

        Assert.Equal(1, code);
        Assert.Contains("the values do not name the data plane's bucket", error, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("fluentbit: {enabled: false}\n", "fluentbit.enabled is false")]
    [InlineData("fluentbit: {}\n", "it names no cloud")]
    [InlineData("other: {}\n", "it has no fluentbit")]
    public async Task Values_of_Union_that_store_nothing_are_told(string values, string words)
    {
        var converted = await Converted.OfAsync("union", ".yaml", values);

        Assert.Equal((1, ""), (converted.Code, converted.Yaml));
        Assert.Contains(words, Assert.Single(converted.Errors), StringComparison.Ordinal);
    }
}
