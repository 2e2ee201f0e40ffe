namespace Collector.Commands.Converting;

/// <summary>
/// Values of two platforms' Helm charts, which contain no agent configuration. The platforms define what their agent does; this
/// reader follows their documents.
/// </summary>
internal static class HelmValuesReader
{
    private const string Containers = "/var/log/containers/*.log";

    /// <summary>Astronomer's: Fluentd sends the logs of Airflow's deployments to S3 beside Elasticsearch.</summary>
    public static Conversion Astronomer(string file)
    {
        var root = YamlInput.Parse(InputText.Read(file), file);
        if (root.Under("fluentd.s3") is not { } s3)
            throw new ConvertException(file, "it has no fluentd.s3");
        var to = new Conversion();
        if (!s3.IsOn("enabled", otherwise: false, to.Root))
            throw new ConvertException(s3.At, "fluentd.s3.enabled is not true, so nothing is sent to S3");
        var at = s3.At;
        var output = to.AddOutput("s3", at);
        var store = output.Keys.At("store");
        store.Set("type", "s3");
        store.SetText("bucket", s3.Text("s3_bucket"));
        store.SetText("region", s3.Text("s3_region"));
        var identity = store.At("authentication");
        if (s3.Text("role_arn").Length > 0)
        {
            // Its policy lets the nodes assume the role, so the first hop is the node's own identity.
            identity.Set("type", "instance");
            identity.At("assumeRole").SetText("roleArn", s3.Text("role_arn"));
            identity.At("assumeRole").SetText("externalId", s3.Text("external_id"));
            identity.At("assumeRole").SetText("sessionName", s3.Text("role_session_name"));
        }

        if (s3.Text("path") is { Length: > 0 } path)
            output.Keys.SetText("keyPrefix", new KeyFormat().AddStrftime($"{path.TrimEnd('/')}/").Text);
        to.AddRoute(to.AddSource("containers", at, Containers), output, [new Restriction.Namespaces(at, IsExclusion: false, ["astronomer-*"])]);
        output.Keys.At("match").Note(at, "the collector sends the logs of Airflow's deployments: name their namespaces here if they do not begin with astronomer-");
        to.OutputRemarks.Note(at, "Astronomer's Fluentd goes on sending to Elasticsearch, from where Airflow shows its logs; leave it there, and set fluentd.s3.enabled: false");
        return to;
    }

    /// <summary>Union's: fluent-bit writes all containers' logs below persisted-logs/ of the data plane's bucket.</summary>
    public static Conversion Union(string file)
    {
        var root = YamlInput.Parse(InputText.Read(file), file);
        if (root.Under("fluentbit") is not { } fluentbit)
            throw new ConvertException(file, "it has no fluentbit");
        var to = new Conversion();
        if (!fluentbit.IsOn("enabled", otherwise: true, to.Root))
            throw new ConvertException(fluentbit.At, "fluentbit.enabled is false: persistent logs are switched off");
        var at = fluentbit.At;
        // The layout that its readers expect is the default keyPrefix of the collector.
        var output = to.AddOutput("persisted-logs", at);
        UnionStore(root, fluentbit, output.Keys.At("store"), at);
        to.AddRoute(to.AddSource("containers", at, Containers), output, []);
        return to;
    }

    private static void UnionStore(InputNode root, InputNode fluentbit, Block store, Spot at)
    {
        var annotations = fluentbit.EntriesOf("serviceAccount.annotations");
        var storage = root.Under("storage") ?? fluentbit.Under("store");
        var told = First(storage.Text("provider"), root.Text("provider"), fluentbit.Text("cloud")).ToLowerInvariant();
        var cloud = told is "aws" or "s3" or "compat" || annotations.Any(a => a.Key.StartsWith("eks.amazonaws.com/", StringComparison.Ordinal)) ? "s3"
            : told is "azure" or "abs" || annotations.Any(a => a.Key.StartsWith("azure.workload.identity/", StringComparison.Ordinal)) ? "azureBlob"
            : told is "gcp" or "gcs" or "google" || annotations.Any(a => a.Key.StartsWith("iam.gke.io/", StringComparison.Ordinal)) ? "gcs"
            : "";
        var bucket = First(storage.Text("bucketName"), storage.Text("bucket"), storage.Text("container"), root.Text("bucketName"));
        if (cloud.Length == 0)
            throw new ConvertException(at, "it names no cloud: neither by an annotation of fluentbit.serviceAccount nor by storage.provider");
        store.Set("type", cloud);
        if (cloud == "azureBlob")
            store.SetText("account", First(storage.Text("accountName"), storage.Text("account")));
        store.SetText(cloud == "azureBlob" ? "container" : "bucket", bucket);
        if (cloud == "s3")
        {
            store.SetText("region", First(storage.Text("region"), root.Text("region")));
            store.SetText("endpoint", storage.Text("endpoint"));
        }

        if (bucket.Length == 0 || (cloud == "azureBlob" && !store.Has("account")))
            store.Weigh(at, $"the values do not name the data plane's {(cloud == "azureBlob" ? "account and container" : "bucket")}; add {(cloud == "azureBlob" ? "account: and container:" : "bucket:")} here");
        foreach (var annotation in annotations)
            store.Note(at, $"annotate the collector's service account as fluent-bit's: {annotation.Key}: {annotation.Value.Single}");
    }

    private static string First(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (text.Length > 0)
                return text;
        }

        return "";
    }
}
