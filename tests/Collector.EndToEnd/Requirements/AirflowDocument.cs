using System.Text.Json.Nodes;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Kubernetes;
using Collector.Testing.Aws;
using Collector.Testing.Kubernetes;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>Airflow's task logs to S3, with a role that the nodes assume.</summary>
internal sealed class AirflowDocument : Document
{
    private const string Values = "deploy/examples/assume-role-values.yaml";
    private const string Role = "arn:aws:iam::123456789012:role/my-role";

    private readonly S3Server s3 = new();
    private readonly Lazy<(CommandRun Run, Bucket Bucket)> delivered;

    public AirflowDocument() => delivered = new(() => Deliver(Values, "my-s3-bucket", Role, externalId: null));

    public override string Title => "Airflow's task logs to S3 (Astronomer Software, Fluentd)";

    public override string FollowedWith => "With `assume-role-values.yaml`, `assume-role-external-id-values.yaml`, `airflow-values.yaml` and their policies.";

    public override IReadOnlyList<Statement> Statements =>
    [
        Statement.Yes("Task logs of the deployments go to the bucket, the platform's own do not", Only_the_deployments_are_stored),
        Statement.Yes("A policy for the bucket lets the role write", The_policy_allows_every_key_that_is_written),
        Statement.Yes("The nodes' role may assume the one that writes", The_nodes_role_may_assume_it),
        Statement.Yes("The role trusts the nodes' role, without an external id", It_is_assumed_without_an_external_id),
        Statement.Yes("Role, session name, bucket and region are four settings", The_session_has_the_configured_name),
        Statement.Yes("A role of another account may ask for an external id", It_is_assumed_with_an_external_id),
        Statement.Partly(
            "Airflow's own page shows the logs",
            "what its S3 task handler lists and reads is played here, Airflow itself is not run; also of tasks that were killed, but only of runs whose id has nothing but `A-Z a-z 0-9 - _ .` (Airflow's default ids have colons), not of mapped tasks and Celery's workers",
            Airflow_finds_the_log_of_a_killed_task),
        Statement.Yes("A change of the settings is applied as any other change of the platform's", A_changed_value_replaces_the_pods),
        Statement.Partly("The search engine keeps its logs beside it", "another shipper goes on beside the collector, which changes no log file; the collector itself writes to object stores alone", The_files_are_left_as_they_were),
    ];

    public override void Dispose()
    {
        if (delivered.IsValueCreated)
            delivered.Value.Bucket.Dispose();
        s3.Dispose();
        base.Dispose();
    }

    private void Only_the_deployments_are_stored() => Assert.Equal(["a task's line"], delivered.Value.Bucket.Texts());

    private void The_policy_allows_every_key_that_is_written()
    {
        Policy policy = Policy.Read("deploy/examples/assume-role-policy.json");
        Assert.NotEmpty(delivered.Value.Bucket.Keys);
        Assert.All(delivered.Value.Bucket.AllKeys, key => Assert.True(policy.Allows("s3:PutObject", $"arn:aws:s3:::my-s3-bucket/{key}"), key));
        Assert.Equal(["s3:PutObject"], policy.Actions);
        delivered.Value.Bucket.AssertHonest(); // and nothing else was asked for
    }

    private void The_nodes_role_may_assume_it()
    {
        JsonNode statement = Policy.Read("deploy/iam/aws/policy-options.json").Statements.Single(s => (string?)s["Action"] == "sts:AssumeRole");
        Assert.Equal("arn:aws:iam::OTHER_ACCOUNT:role/ROLE", (string?)statement["Resource"]);
    }

    private void It_is_assumed_without_an_external_id()
    {
        JsonNode trust = Assert.Single(Policy.Read("deploy/iam/aws/trust-assume-role.json").Statements);
        Assert.Equal(("sts:AssumeRole", null), ((string?)trust["Action"], trust["Condition"]));
        Assert.Contains($"as role {Role}", delivered.Value.Run.Errors, StringComparison.Ordinal);
    }

    private void The_session_has_the_configured_name() =>
        Assert.Contains("arn:aws:sts::123456789012:assumed-role/my-role/my-session-name", delivered.Value.Run.Errors, StringComparison.Ordinal);

    private void It_is_assumed_with_an_external_id()
    {
        JsonNode trust = Assert.Single(Policy.Read("deploy/iam/aws/trust-assume-role-external-id.json").Statements);
        Assert.NotNull(trust["Condition"]!["StringEquals"]!["sts:ExternalId"]);
        using var other = new Stage();
        using var servers = new S3Server();
        (_, Bucket bucket) = Deliver("deploy/examples/assume-role-external-id-values.yaml", "my-s3-bucket", "arn:aws:iam::210987654321:role/my-role", "example-external-id", other, servers);
        using (bucket) Assert.Equal(["a task's line"], bucket.Texts());
    }

    private void A_changed_value_replaces_the_pods()
    {
        Assert.NotEqual(Checksum("my-session-name"), Checksum("another"));

        static string Checksum(string session) =>
            (string)Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In(Values), "--set", $"store.authentication.assumeRole.sessionName={session}").Pod["metadata"]!["annotations"]!["checksum/config"]!;
    }

    private void The_files_are_left_as_they_were()
    {
        Assert.NotEmpty(delivered.Value.Bucket.Keys);
        string log = Directory.EnumerateFiles(Stage.Tree.Pods, "0.log", SearchOption.AllDirectories).Single(file => file.Contains("houston", StringComparison.Ordinal));
        Assert.EndsWith(" the platform's line\n", File.ReadAllText(log), StringComparison.Ordinal);
    }

    /// <summary>As its S3 task handler does: all that is listed below the name of the try, in order.</summary>
    private void Airflow_finds_the_log_of_a_killed_task()
    {
        var cluster = new ClusterStage();
        using Bucket bucket = s3.Open("airflow-logs");
        try
        {
            cluster.StartApiAsync().GetAwaiter().GetResult();
            cluster.Put(new PodSpec("astronomer-one", "etl-load-x", PodLog.Uid)
            {
                Annotations = new Dictionary<string, string> { ["dag_id"] = "etl", ["run_id"] = "nightly_2026-11-20", ["task_id"] = "load.rows", ["try_number"] = "1" },
                Containers = [new ContainerSpec("base") { Id = PodLog.Id }],
            });
            PodLog log = new PodLog(cluster.Stage.Tree, "etl-load-x", "astronomer-one", "base").Write("began", "loading");
            var rehearsal = new Rehearsal(cluster.Stage, Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In("deploy/examples/airflow-values.yaml")).Configuration).At(bucket);
            rehearsal.WithKeys();
            rehearsal.Config["kubernetes"] = new JsonObject { ["kubeconfig"] = cluster.Stage.Sub("kubeconfig"), ["annotations"] = true };
            rehearsal.RunOnce();
            log.Write("killed");
            rehearsal.RunOnce();

            IReadOnlyList<string> keys = Fetcher.List(bucket, "airflow/astronomer-one/dag_id=etl/run_id=nightly_2026-11-20/task_id=load.rows/attempt=1.log");
            Assert.True(keys.Count >= 2);
            Assert.Equal(["began", "loading", "killed"], keys.SelectMany(key => StoredRecords.LinesOfFile(bucket.PathOf(key), key)));
            Policy policy = Policy.Read("deploy/examples/airflow-policy.json");
            Assert.All(bucket.AllKeys, key => Assert.True(policy.Allows("s3:PutObject", $"arn:aws:s3:::airflow-logs/{key}"), key));
        }
        finally
        {
            cluster.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private (CommandRun Run, Bucket Bucket) Deliver(string values, string name, string role, string? externalId) => Deliver(values, name, role, externalId, Stage, s3);

    private static (CommandRun Run, Bucket Bucket) Deliver(string values, string name, string role, string? externalId, Stage stage, S3Server s3)
    {
        Bucket bucket = s3.Open(name);
        using var issuer = new ClusterIssuer();
        // The node's own keys are none of the bucket's: what is there was written as the role.
        var nodes = new S3Keys();
        var sts = new FakeSts(issuer, nodes, TimeProvider.System) { KnownOfSecondRole = bucket.Endpoint.Keys, AssumedRole = role, AskedExternalId = externalId };
        ScriptedServer stsServer = ScriptedServer.Start(sts.Serve), metadata = ScriptedServer.Start(new FakeInstanceMetadata(nodes, TimeProvider.System).Serve);
        try
        {
            new PodLog(stage.Tree, "etl-load-x", "astronomer-one", "base").Write("a task's line");
            new PodLog(stage.Tree, "houston-y", "astronomer", "houston", uid: Guid.NewGuid().ToString(), id: new string('a', 64)).Write("the platform's line");
            var rehearsal = new Rehearsal(stage, Helm.Newest.Render("--set", ChartFiles.Image, "--values", Repository.In(values)).Configuration).At(bucket);
            return (rehearsal.RunOnce($"AWS_ENDPOINT_URL_STS={stsServer.Endpoint}", $"AWS_EC2_METADATA_SERVICE_ENDPOINT={metadata.Endpoint}"), bucket);
        }
        finally
        {
            stsServer.DisposeAsync().AsTask().GetAwaiter().GetResult();
            metadata.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
