using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.Testing.Aws;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>The S3 output of a cluster's log forwarder.</summary>
internal sealed class ForwarderDocument : Document
{
    private const string WebRole = "arn:aws:iam::123456789012:role/management-cluster-logs";
    private const string CustomerRole = "arn:aws:iam::210987654321:role/customer-logs";
    private const int CloudWatchsLimit = 256 * 1024;

    private readonly S3Server s3 = new();
    private readonly Lazy<(CommandRun Run, Bucket Bucket)> delivered;

    public ForwarderDocument() => delivered = new(Deliver);

    public override string Title => "The S3 output of a log forwarder (OpenShift)";

    public override string FollowedWith => "With `forwarder-values.yaml` and `forwarder-policy.json`.";

    public override IReadOnlyList<Statement> Statements =>
    [
        Statement.Yes("The endpoint may be another than Amazon's; region and bucket are settings", It_writes_to_the_given_endpoint),
        Statement.Yes("Keys begin with a template of text and fields; alternatives are parted by `||`", The_documents_own_template_is_valid),
        Statement.Yes("A field must end in a fallback; text has letters, digits, `-` `_` `.` and `/` alone; no slash is added", Templates_without_a_fallback_are_refused),
        Statement.Yes("Dates of the record in keys: `%F %Y %m %d %H %M %S`", Dates_are_those_of_the_record),
        Statement.Yes("Without a template, keys are laid out by log type and source", Keys_are_laid_out_by_type_and_source),
        Statement.Partly("Logs of the node come from its journal", "the journal is not read; what the node writes below `/var/log` is", Keys_are_laid_out_by_type_and_source),
        Statement.Yes("Access keys, from a secret; a role that is assumed with them", Keys_from_a_secret_may_assume_a_role),
        Statement.Yes("A role by the token of the service account, and a second role with an external id behind it", Both_roles_are_assumed),
        Statement.Yes("`deliveryMode` atLeastOnce, atMostOnce", Each_value_of_the_tuning_is_taken),
        Statement.Yes("`maxWrite` down to 500k", Objects_of_500_kB_hold_long_lines),
        Statement.Yes("`compression` none, gzip, zstd, snappy, zlib", Each_compression_is_stored),
        Statement.Yes("The shortest and the longest wait between tries are settings", Each_value_of_the_tuning_is_taken),
        Statement.Yes("Records are JSON", Records_are_JSON),
        Statement.Yes("Audit logs, kept longer and cheaper than elsewhere", Keys_are_laid_out_by_type_and_source),
        Statement.Yes("Lines that are too long for CloudWatch are stored whole", Long_lines_are_whole),
        Statement.Yes("Several outputs with the credentials of several organisations", Outputs_have_identities_of_their_own),
        Statement.Yes("The policy of the bucket needs one prefix", The_policy_allows_every_key_that_is_written),
        Statement.Partly("What is stored can be found again", "by pod, workload, time and text with `collector logs` where keys are of pods; audit logs are got by key", Stored_logs_are_read_back),
        Statement.No("A resource `ClusterLogForwarder`, and an operator that makes the configuration of it", "the chart makes the configuration; there is no operator and no resource of its own"),
    ];

    public override void Dispose()
    {
        if (delivered.IsValueCreated)
            delivered.Value.Bucket.Dispose();
        s3.Dispose();
        base.Dispose();
    }

    private static string Configuration => Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In("deploy/examples/forwarder-values.yaml")).Configuration;

    private Bucket Stored => delivered.Value.Bucket;

    private void It_writes_to_the_given_endpoint() => Assert.NotEmpty(Stored.Keys);

    private void The_documents_own_template_is_valid()
    {
        const string Template = """logs_{.kubernetes.namespace_name||.hostname||"unknown"}_my_workload_{.openshift.sequence_id||"none"}""";
        using var stage = new Stage { Outputs = [new OutputYaml(More: $"keyPrefix: '{Template}'")] };
        new PodLog(stage.Tree).Write("a line");
        Assert.Equal(0, stage.RunOnce(out Agent agent));
        Assert.True(agent.HasSaid("no record has .openshift.sequence_id"));
        Assert.StartsWith("logs_shop_my_workload_none1", Assert.Single(StoredRecords.Keys(stage.Objects)), StringComparison.Ordinal); // the time follows
    }

    private void Templates_without_a_fallback_are_refused()
    {
        Assert.Contains("has no fallback", Refusal("""a/{.cluster}/"""), StringComparison.Ordinal);
        Assert.Contains("is not allowed in a key", Refusal("a b/"), StringComparison.Ordinal);

        static string Refusal(string template)
        {
            using var stage = new Stage { Outputs = [new OutputYaml(More: $"keyPrefix: '{template}'")] };
            File.WriteAllText(stage.ConfigPath, stage.Configuration());
            CommandRun run = CommandRun.Collector("validate", "--config", stage.ConfigPath);
            Assert.Equal(1, run.ExitCode);
            return run.Output + run.Errors;
        }
    }

    private void Dates_are_those_of_the_record()
    {
        using var stage = new Stage { Outputs = [new OutputYaml(More: """keyPrefix: '{"%F/%Y/%m/%d/%H/%M/%S"}/'""")] };
        new PodLog(stage.Tree).WriteRaw("2001-07-08T00:34:59Z stdout F a line\n");
        Assert.Equal(0, stage.RunOnce());
        Assert.StartsWith("2001-07-08/2001/07/08/00/34/59/", Assert.Single(StoredRecords.Keys(stage.Objects)), StringComparison.Ordinal);
    }

    private void Keys_are_laid_out_by_type_and_source()
    {
        string[] prefixes = [.. Stored.Keys.Select(key => Regex.Replace(key[..(key.LastIndexOf('/') + 1)], @"\d{4}-\d\d-\d\d", "DAY")).Distinct()];
        Assert.Equal(
            [
                "hosted-1/DAY/application/container/shop/cart/app/",
                "hosted-1/DAY/audit/auditd/node1/",
                "hosted-1/DAY/audit/kubeAPI/",
                "hosted-1/DAY/audit/openshiftAPI/",
                "hosted-1/DAY/audit/ovn/",
                "hosted-1/DAY/infrastructure/container/openshift-dns/dns/dns/",
            ],
            prefixes.Order(StringComparer.Ordinal));
        Assert.Contains(Stored.Keys, key => key.StartsWith("hosted-1/2026-01-02/audit/kubeAPI/", StringComparison.Ordinal)); // the request's own day
    }

    private void Keys_from_a_secret_may_assume_a_role()
    {
        using Bucket bucket = s3.Open();
        File.WriteAllText(Stage.Sub("id"), "AKIAUSER");
        File.WriteAllText(Stage.Sub("key"), "secret-of-the-user");
        var keys = new S3Keys();
        keys.Add("AKIAUSER", "secret-of-the-user");
        using var issuer = new ClusterIssuer();
        var sts = new FakeSts(issuer, keys, TimeProvider.System) { KnownOfSecondRole = bucket.Endpoint.Keys };
        ScriptedServer server = ScriptedServer.Start(sts.Serve);
        using var stage = new Stage
        {
            Launcher = ["/usr/bin/env", $"AWS_ENDPOINT_URL_STS={server.Endpoint}"],
            Outputs = [bucket.Output(authentication: $"type: accessKey, accessKeyIdFile: {Stage.Sub("id")}, secretAccessKeyFile: {Stage.Sub("key")}, assumeRole: {{roleArn: '{FakeSts.SecondRole}', externalId: {FakeSts.ExternalId}}}")],
        };
        new PodLog(stage.Tree).Write("a line");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(["a line"], bucket.Texts());
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Both_roles_are_assumed()
    {
        Assert.Contains($"as role {CustomerRole}", delivered.Value.Run.Errors, StringComparison.Ordinal);
        Assert.Contains("assumed-role/customer-logs/", delivered.Value.Run.Errors, StringComparison.Ordinal);
    }

    private void Each_value_of_the_tuning_is_taken()
    {
        foreach (string mode in (string[])["atLeastOnce", "atMostOnce"])
        {
            using var stage = new Stage { Outputs = [new OutputYaml(More: $"deliveryMode: {mode}", Retry: "minBackoff: 2s, maxBackoff: 1m")] };
            new PodLog(stage.Tree).Write("a line");
            Assert.Equal(0, stage.RunOnce());
            Assert.Equal(["a line"], StoredRecords.Texts(stage.Objects));
        }
    }

    private void Objects_of_500_kB_hold_long_lines()
    {
        string long60 = new('x', 60_000);
        using var stage = new Stage { Outputs = [new OutputYaml(Batch: "maxAge: 5m, maxSize: 500kB", More: "compression: none")] };
        string[] texts = [.. Enumerable.Range(0, 60).Select(i => $"{i} {long60}")];
        new PodLog(stage.Tree).Write(texts);
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(texts, StoredRecords.Texts(stage.Objects));
        Assert.All(StoredRecords.Keys(stage.Objects), key => Assert.InRange(new FileInfo(Path.Combine(stage.Objects, key)).Length, 1, 500_000));
    }

    private void Each_compression_is_stored()
    {
        foreach (string compression in (string[])["none", "gzip", "zstd", "snappy", "zlib"])
        {
            using var stage = new Stage { Outputs = [new OutputYaml(More: $"compression: {compression}")] };
            new PodLog(stage.Tree).Write(compression);
            Assert.Equal(0, stage.RunOnce());
            Assert.Equal([compression], StoredRecords.Texts(stage.Objects));
        }
    }

    private void Records_are_JSON() => Assert.All(
        Stored.Keys.SelectMany(key => StoredRecords.LinesOfFile(Stored.PathOf(key), key)),
        line => Assert.Equal("hosted-1", JsonDocument.Parse(line).RootElement.GetProperty("cluster").GetString()));

    private void Long_lines_are_whole() =>
        Assert.Contains(Stored.Keys.SelectMany(key => StoredRecords.LinesOfFile(Stored.PathOf(key), key)), line => line.Length > 2 * CloudWatchsLimit);

    private void Outputs_have_identities_of_their_own()
    {
        var rehearsal = new Rehearsal(Stage, Configuration);
        JsonNode other = rehearsal.Output().DeepClone();
        (other["name"], other["store"]!["bucket"]) = ("other", "other-logs");
        other["store"]!["authentication"]!["assumeRole"] = new JsonObject { ["roleArn"] = "arn:aws:iam::333333333333:role/other-logs", ["externalId"] = "other-1" };
        rehearsal.Config["outputs"]!.AsArray().Add(other);
        Assert.Equal("", rehearsal.Warnings()); // RolesTests run two of them at once
    }

    private void The_policy_allows_every_key_that_is_written()
    {
        Policy policy = Policy.Read("deploy/examples/forwarder-policy.json");
        Assert.Equal(["s3:PutObject"], policy.Actions);
        Assert.Contains(Stored.AllKeys, key => key.Contains("_catalog/", StringComparison.Ordinal));
        Assert.All(Stored.AllKeys, key => Assert.True(policy.Allows("s3:PutObject", $"arn:aws:s3:::hosted-control-plane-logs/{key}"), key));
        Stored.AssertHonest();
    }

    private void Stored_logs_are_read_back()
    {
        using var stage = new Stage { Outputs = [new OutputYaml(More: "layout: openshift")], More = "cluster: hosted-1" };
        new PodLog(stage.Tree).Write("a line");
        Assert.Equal(0, stage.RunOnce());
        CommandRun run = CommandRun.Collector("logs", "cart", "-n", "shop", "--config", stage.ConfigPath);
        Assert.True(run is { ExitCode: 0, Output: "a line\n" }, run.Output + run.Errors);
    }

    private (CommandRun Run, Bucket Bucket) Deliver()
    {
        Bucket bucket = s3.Open("hosted-control-plane-logs");
        using var issuer = new ClusterIssuer();
        var first = new S3Keys();
        var sts = new FakeSts(issuer, first, TimeProvider.System)
        {
            WebRole = WebRole,
            TrustedAudience = "openshift",
            KnownOfSecondRole = bucket.Endpoint.Keys,
            AssumedRole = CustomerRole,
            AskedExternalId = "hosted-1",
        };
        ScriptedServer server = ScriptedServer.Start(sts.Serve);
        try
        {
            string token = Stage.Sub("token");
            File.WriteAllText(token, issuer.TokenFor(FakeSts.Subject, "openshift", DateTimeOffset.UtcNow));
            new PodLog(Stage.Tree).Write("a line", new string('x', 3 * CloudWatchsLimit));
            new PodLog(Stage.Tree, "dns", "openshift-dns", "dns", uid: Guid.NewGuid().ToString(), id: new string('b', 64)).Write("a line");
            Write("/var/log/audit/audit.log", "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e");
            Write("/var/log/kube-apiserver/audit.log", """{"kind":"Event","verb":"get","requestReceivedTimestamp":"2026-01-02T03:04:05.000006Z"}""");
            Write("/var/log/openshift-apiserver/audit.log", """{"kind":"Event","verb":"list","requestReceivedTimestamp":"2026-01-02T03:04:05.000007Z"}""");
            Write("/var/log/ovn/acl-audit-log.log", "2026-01-02T03:04:05.678Z|00004|acl_log(ovn_pinctrl0)|INFO|verdict=drop");
            var rehearsal = new Rehearsal(Stage, Configuration).At(bucket).WithStore(store => store["authentication"]!["tokenFile"] = token);
            return (rehearsal.RunOnce($"AWS_ENDPOINT_URL_STS={server.Endpoint}"), bucket);
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Write(string path, string line) => File.WriteAllText(Rehearsal.Host(Stage, path), line + "\n");
}
