using System.Text.Json;
using System.Text.Json.Nodes;
using Collector.EndToEnd.Chart;
using Collector.EndToEnd.Harness;
using Collector.Testing.Aws;
using Collector.Testing.Azure;
using Collector.Testing.Gcs;
using Collector.Testing.Processes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Requirements;

/// <summary>Persistent logs of a data plane on three clouds, as a dependency of its chart.</summary>
internal sealed class DataplaneDocument : Document
{
    private const string Account = "system:serviceaccount:union:fluentbit-system";
    private const string Role = "arn:aws:iam::123456789012:role/fluentbit";
    private const string Label = "azure.workload.identity/use";

    private readonly Lazy<Umbrella> parent = new(static () => new Umbrella());
    private readonly S3Server s3 = new();
    private readonly ClusterIssuer issuer = new();
    private readonly Lazy<Bucket> delivered;

    public DataplaneDocument() => delivered = new(DeliverToAws);

    public override string Title => "Persistent logs of a data plane on three clouds (Union, fluent-bit)";

    public override string FollowedWith => "With `union/`, a parent chart that has the collector as its dependency `fluentbit`, and `deploy/iam`.";

    public override IReadOnlyList<Statement> Statements =>
    [
        Statement.Yes("It is on unless `fluentbit.enabled` is false", It_can_be_switched_off),
        Statement.Yes("A DaemonSet collects the containers' logs of every node", Every_node_has_one),
        Statement.Yes("They are stored below `persisted-logs/`", Logs_are_below_persisted_logs),
        Statement.Yes("It runs as service account `fluentbit-system`, or as one that is there", The_account_is_theirs_or_made),
        Statement.Yes("The values of the documents are enough: cloud, bucket and region follow from the annotation and from `global`", The_documents_values_are_enough),
        Statement.Partly(
            "Top-level `additionalPodLabels` reach the pods",
            "Helm hands a dependency nothing but `fluentbit` and `global`: they are taken from either, the parent's notes say so, and Azure's label follows from the annotation",
            Labels_reach_the_pods_from_where_Helm_hands_them_down),
        Statement.Yes("What the parent hands down for the shipper before (`env`, `tolerations`) is taken", What_the_parent_hands_down_is_taken),
        Statement.Partly("`existingConfigMap` of the shipper before", "it has no collector.yaml: refused, with the way out in the message", The_other_shippers_ConfigMap_is_refused),
        Statement.Yes("AWS: a policy for the path, and a role that trusts the account by OIDC", Amazons_policy_and_trust_name_path_and_account),
        Statement.Yes("AWS: the account's annotation names the role", Amazons_role_writes),
        Statement.Yes("Azure: a federated credential for the account, and a role on the storage account", Azures_credential_names_the_account),
        Statement.Yes("Azure: the account's annotation names the identity, and the pods have the label", Azures_identity_writes),
        Statement.Yes("Google: a grant on the bucket, and the account may be the Google one", Googles_grants_name_the_account),
        Statement.Yes("Google: the account's annotation names the Google one", Googles_identity_writes),
        Statement.Partly(
            "The data plane's proxy shows the stored logs",
            "with `values-proxy.yaml` its list finds every object and the contents are lines, each once; the proxy itself is not open, and its list for container `app` also finds `app2` of the same pod",
            The_proxys_list_finds_every_object),
    ];

    public override void Dispose()
    {
        if (delivered.IsValueCreated)
            delivered.Value.Dispose();
        if (parent.IsValueCreated)
            parent.Value.Dispose();
        s3.Dispose();
        issuer.Dispose();
        base.Dispose();
    }

    private void It_can_be_switched_off() => Assert.DoesNotContain("kind:", parent.Value.Template("--set", "fluentbit.enabled=false").Output, StringComparison.Ordinal);

    private void Every_node_has_one() =>
        Assert.Equal("""[{"operator":"Exists"}]""", parent.Value.Render("values-aws.yaml").Pod["spec"]!["tolerations"]!.ToJsonString());

    private void Logs_are_below_persisted_logs()
    {
        Assert.Equal(["persisted-logs/namespace-shop.pod-cart.cont-app", "persisted-logs/namespace-shop.pod-cart.cont-app2"], delivered.Value.Keys.Select(key => Path.GetDirectoryName(key)!).Distinct());
        Assert.All(delivered.Value.AllKeys, key => Assert.StartsWith("persisted-logs/", key, StringComparison.Ordinal));
    }

    private void The_account_is_theirs_or_made()
    {
        RenderedChart made = parent.Value.Render("values-aws.yaml"), theirs = parent.Value.Render("values-aws.yaml", "--set", "fluentbit.serviceAccount.create=false");
        Assert.Equal("fluentbit-system", (string?)made.Single("ServiceAccount")["metadata"]!["name"]);
        Assert.DoesNotContain("ServiceAccount", theirs.Kinds);
        Assert.All([made, theirs], chart => Assert.Equal("fluentbit-system", (string?)chart.Pod["spec"]!["serviceAccountName"]));
    }

    private void The_documents_values_are_enough()
    {
        foreach ((string cloud, string store) in new[] { ("aws", "bucket: metadata-bucket"), ("azure", "account: metadataaccount"), ("gcp", "bucket: metadata-bucket") })
        {
            string values = File.ReadAllText(Path.Combine(ChartFiles.Examples, "union", $"values-{cloud}.yaml"));
            Assert.DoesNotContain("store", values.Split("fluentbit:")[1], StringComparison.Ordinal);
            Assert.Contains(store, parent.Value.Render($"values-{cloud}.yaml").Configuration, StringComparison.Ordinal);
        }
    }

    private void Labels_reach_the_pods_from_where_Helm_hands_them_down()
    {
        foreach (string key in (string[])["global.additionalPodLabels.team", "fluentbit.additionalPodLabels.team"])
            Assert.Equal("platform", parent.Value.Render("values-aws.yaml", "--set", $"{key}=platform").PodLabels()["team"]);
        Assert.Contains("The top-level additionalPodLabels do not reach", parent.Value.Notes("values-azure.yaml", "--set", "additionalPodLabels.team=platform"), StringComparison.Ordinal);
        Assert.Equal("true", parent.Value.Render("values-azure.yaml", "--set", "global.additionalPodLabels=null").PodLabels()[Label]);
    }

    private void What_the_parent_hands_down_is_taken()
    {
        RenderedChart chart = parent.Value.Render("values-aws.yaml", "--set", "fluentbit.env[0].name=AWS_ACCESS_KEY_ID,fluentbit.env[0].value=id,fluentbit.tolerations[0].key=workload");
        Assert.Equal(("id", "workload"), (chart.Variable("AWS_ACCESS_KEY_ID"), (string?)chart.Pod["spec"]!["tolerations"]![0]!["key"]));
    }

    private void The_other_shippers_ConfigMap_is_refused() => Assert.Contains(
        "set it to \"\"",
        parent.Value.Template("--values", Path.Combine(ChartFiles.Examples, "union", "values-aws.yaml"), "--set", "fluentbit.existingConfigMap=fluentbit-system").Errors,
        StringComparison.Ordinal);

    private void Amazons_policy_and_trust_name_path_and_account()
    {
        var policy = Policy.Read("deploy/iam/aws/policy.json");
        Assert.Equal(["s3:PutObject"], policy.Actions);
        Assert.All(delivered.Value.AllKeys, key => Assert.True(policy.Allows("s3:PutObject", $"arn:aws:s3:::BUCKET/{key}"), key));
        delivered.Value.AssertHonest(); // no ACL, no get, no list
        JsonNode trust = Assert.Single(Policy.Read("deploy/iam/aws/trust-irsa.json").Statements);
        JsonNode condition = trust["Condition"]!["StringEquals"]!;
        Assert.Equal(
            ("sts:AssumeRoleWithWebIdentity", "system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT", "sts.amazonaws.com"),
            ((string?)trust["Action"], (string?)condition["OIDC_PROVIDER:sub"], (string?)condition["OIDC_PROVIDER:aud"]));
    }

    private void Amazons_role_writes() => Assert.Equal(["a line", "another"], delivered.Value.Texts());

    private void Azures_credential_names_the_account()
    {
        JsonNode credential = JsonNode.Parse(File.ReadAllText(Repository.In("deploy/iam/azure/federated-credential.json")))!;
        Assert.Equal(("system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT", "api://AzureADTokenExchange"), ((string?)credential["subject"], (string?)credential["audiences"]![0]));
        JsonNode role = JsonNode.Parse(File.ReadAllText(Repository.In("deploy/iam/azure/role.json")))!;
        Assert.EndsWith("/blobs/add/action", (string?)Assert.Single(role["DataActions"]!.AsArray()), StringComparison.Ordinal);
    }

    private void Azures_identity_writes()
    {
        RenderedChart chart = parent.Value.Render("values-azure.yaml");
        Assert.Equal("true", chart.PodLabels()[Label]);
        Assert.NotNull(chart.Single("ServiceAccount")["metadata"]!["annotations"]!["azure.workload.identity/client-id"]);

        using var stage = new Stage();
        using var azurite = new Azurite(withTls: true);
        var entra = new EntraServer(issuer) { TrustedSubject = Account };
        string container = azurite.CreateContainer(), token = stage.Sub("token");
        File.WriteAllText(token, issuer.TokenFor(Account, EntraServer.Audience, DateTimeOffset.UtcNow));
        new PodLog(stage.Tree).Write("a line");
        new Rehearsal(stage, chart.Configuration)
            .WithStore(store => (store["account"], store["endpoint"], store["container"], store["caFile"]) = (Azurite.Account, azurite.Url, container, azurite.CaFile))
            .RunOnce($"AZURE_CLIENT_ID={EntraServer.Client}", $"AZURE_TENANT_ID={EntraServer.Tenant}", $"AZURE_FEDERATED_TOKEN_FILE={token}", $"AZURE_AUTHORITY_HOST={entra.Url}/");
        Assert.Single(azurite.List(container), key => key.StartsWith("persisted-logs/namespace-shop.pod-cart.cont-app/", StringComparison.Ordinal));
        entra.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Googles_grants_name_the_account()
    {
        JsonNode grant = JsonNode.Parse(File.ReadAllText(Repository.In("deploy/iam/gcp/bucket-policy.json")))!, user = JsonNode.Parse(File.ReadAllText(Repository.In("deploy/iam/gcp/service-account-policy.json")))!;
        Assert.Equal("roles/storage.objectCreator", (string?)grant["bindings"]![0]!["role"]);
        Assert.Equal("serviceAccount:PROJECT.svc.id.goog[NAMESPACE/SERVICE_ACCOUNT]", (string?)user["bindings"]![0]!["members"]![0]);
    }

    private void Googles_identity_writes()
    {
        RenderedChart chart = parent.Value.Render("values-gcp.yaml");
        Assert.Equal("fluentbit-gsa@my-project.iam.gserviceaccount.com", (string?)chart.Single("ServiceAccount")["metadata"]!["annotations"]!["iam.gke.io/gcp-service-account"]);

        using var stage = new Stage();
        var metadata = new MetadataServer { Email = "fluentbit-gsa@my-project.iam.gserviceaccount.com" };
        var server = new GcsServer { IsToken = metadata.Issued.Contains };
        new PodLog(stage.Tree).Write("a line");
        CommandRun run = new Rehearsal(stage, chart.Configuration)
            .WithStore(store => (store["bucket"], store["endpoint"]) = (GcsBucket.Name, server.Url))
            .RunOnce($"GCE_METADATA_HOST={metadata.Host}");
        Assert.Contains(metadata.Email, run.Errors, StringComparison.Ordinal);
        Assert.Single(server.Bucket.Names, key => key.StartsWith("persisted-logs/namespace-shop.pod-cart.cont-app/", StringComparison.Ordinal));
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        metadata.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void The_proxys_list_finds_every_object()
    {
        using var stage = new Stage();
        using var servers = new S3Server();
        using Bucket bucket = servers.Open("metadata-bucket");
        string profile = Path.Combine(ChartFiles.Examples, "union", "values-proxy.yaml");
        PodLog app = new PodLog(stage.Tree).Write("first"), app2 = Other(stage).Write("of another container");
        Rehearsal rehearsal = new Rehearsal(stage, parent.Value.Render("values-aws.yaml", "--values", profile).Configuration).At(bucket).WithKeys();
        Assert.Equal("none", (string?)rehearsal.Output()["compression"]);
        rehearsal.RunOnce();
        app.Write("second", "third");
        rehearsal.RunOnce();

        const string Container = "persisted-logs/namespace-shop.pod-cart.cont-app";
        IReadOnlyList<string> asListed = Fetcher.List(bucket, Container), own = [.. asListed.Where(key => key.StartsWith(Container + ".", StringComparison.Ordinal))];
        Assert.Equal(bucket.Keys, asListed); // app2's, too
        Assert.True(own.Count >= 2 && own.Count < asListed.Count);
        Assert.All(own, key => Assert.EndsWith(".jsonl", key, StringComparison.Ordinal));
        string[] lines = [.. own.SelectMany(key => File.ReadAllLines(bucket.PathOf(key)))];
        Assert.Equal(["first", "second", "third"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("log").GetString()));
    }

    private static PodLog Other(Stage stage) => new(stage.Tree, container: "app2", id: new string('c', 64));

    /// <summary>As the webhook of EKS prepares the pod.</summary>
    private Bucket DeliverToAws()
    {
        Bucket bucket = s3.Open("metadata-bucket");
        var sts = new FakeSts(issuer, bucket.Endpoint.Keys, TimeProvider.System) { WebRole = Role, TrustedSubject = Account };
        ScriptedServer server = ScriptedServer.Start(sts.Serve);
        string token = Stage.Sub("token");
        File.WriteAllText(token, issuer.TokenFor(Account, FakeSts.Audience, DateTimeOffset.UtcNow));
        new PodLog(Stage.Tree).Write("a line");
        Other(Stage).Write("another");
        RenderedChart chart = parent.Value.Render("values-aws.yaml");
        Assert.Equal(Role, (string?)chart.Single("ServiceAccount")["metadata"]!["annotations"]!["eks.amazonaws.com/role-arn"]);
        bucket.Endpoint.Keys.Remove(S3Rver.AccessKey);
        new Rehearsal(Stage, chart.Configuration).At(bucket)
            .RunOnce($"AWS_ENDPOINT_URL_STS={server.Endpoint}", $"AWS_ROLE_ARN={Role}", $"AWS_WEB_IDENTITY_TOKEN_FILE={token}");
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return bucket;
    }
}
