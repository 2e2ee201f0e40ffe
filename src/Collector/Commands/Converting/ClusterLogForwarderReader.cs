namespace Collector.Commands.Converting;

/// <summary>
/// Reads an OpenShift ClusterLogForwarder, of <c>logging.openshift.io/v1</c> or <c>observability.openshift.io/v1</c>: its pipelines
/// join inputs, filters and outputs by name.
/// </summary>
internal sealed class ClusterLogForwarderReader
{
    private const string Containers = "/var/log/containers/*.log";

    /// <summary>Where the chart's user mounts the secrets that the operator would read by name.</summary>
    private const string SecretDirectory = "/var/run/secrets/forwarder";

    /// <summary>The logs of nodes and API servers by OpenShift's names: their paths, and their formats.</summary>
    private static readonly (string Source, string Path, bool IsJson)[] AuditFiles =
    [
        ("auditd", "/var/log/audit/audit.log", false),
        ("kubeAPI", "/var/log/kube-apiserver/audit.log", true),
        ("openshiftAPI", "/var/log/{openshift-apiserver,oauth-apiserver,oauth-server}/audit.log", true),
        ("ovn", "/var/log/ovn/acl-audit-log.log", false),
    ];

    private readonly Conversion to = new();
    private readonly string file;
    private readonly InputNode spec;
    private readonly Dictionary<string, ConvertedSource> sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConvertedOutput?> outputs = new(StringComparer.Ordinal);
    private readonly HashSet<InputNode> used = [];

    private ClusterLogForwarderReader(InputNode spec, string file)
    {
        this.spec = spec;
        this.file = file;
    }

    public static Conversion Read(string file)
    {
        var root = YamlInput.Parse(InputText.Read(file), file);
        if (root.Text("kind") != "ClusterLogForwarder" || root.Under("spec") is not { } spec)
            throw new ConvertException(root.At, "the document is not a ClusterLogForwarder: it has another kind, or no spec");
        var reader = new ClusterLogForwarderReader(spec, file);
        reader.ReadAll();
        return reader.to;
    }

    private void ReadAll()
    {
        if (!spec.Items("pipelines").Any())
            throw new ConvertException(spec.At, "it has no pipelines");
        foreach (var pipeline in spec.Items("pipelines"))
        {
            // Its name is for people alone.
            _ = pipeline.Text("name");
            to.Follow(pipeline, to.OutputRemarks, NeutralKeys.None);
            var restrictions = FiltersOf(pipeline);
            foreach (var input in pipeline.Texts("inputRefs"))
            {
                foreach (var (source, own) in SourcesOf(input, pipeline))
                {
                    foreach (var output in pipeline.Texts("outputRefs"))
                        Join(source, output, pipeline, [.. own, .. restrictions.Where(r => source.IsContainers || r is not Restriction.Setting)]);
                }
            }
        }

        foreach (var output in outputs.Values.OfType<ConvertedOutput>())
            DefaultKey(output);
        foreach (var (kind, one) in ((string, string)[])[("inputs", "input"), ("filters", "filter"), ("outputs", "output")])
        {
            foreach (var item in spec.Items(kind).Where(i => !used.Contains(i)))
            {
                item.SetApart();
                to.OutputRemarks.Note(item.At, $"{one} {item.Text("name")} is left out: no pipeline refers to it");
            }
        }

        to.Follow(spec, to.Root, ClusterLogForwarderNeutral.Spec);
    }

    /// <summary>What pipelines refer to by name; null: it is not defined.</summary>
    private InputNode? Named(string kind, string name)
    {
        var found = spec.Items(kind).FirstOrDefault(i => i.Text("name") == name);
        if (found is not null)
            used.Add(found);
        return found;
    }

    private void Join(ConvertedSource source, string name, InputNode pipeline, IReadOnlyList<Restriction> restrictions)
    {
        if (!outputs.TryGetValue(name, out var output))
            outputs.Add(name, output = OutputOf(name, pipeline));
        if (output is not null)
            to.AddRoute(source, output, restrictions);
        else
            to.LoseSource(source);
    }

    /// <summary>The sources of an input, and the part of them that it selects.</summary>
    private IReadOnlyList<(ConvertedSource Source, IReadOnlyList<Restriction> Restrictions)> SourcesOf(string name, InputNode pipeline)
    {
        var input = Named("inputs", name);
        var at = (input ?? pipeline).At;
        if (input is null && name is not ("application" or "infrastructure" or "audit"))
            throw new ConvertException(at, $"the input {name} is not defined");
        // The key of the type says the same.
        _ = input.Text("type");
        if (input is not null)
            to.Follow(input, to.SourceRemarks, NeutralKeys.None);
        if (input.Under("application") is { } application)
            return [(Source("containers", Containers, at), [new Restriction.LogTypes(at, ["application"]), .. Selected(application, at)])];
        if (name == "application")
            return [(Source("containers", Containers, at), [new Restriction.LogTypes(at, ["application"])])];
        if (name == "infrastructure" || input.Under("infrastructure") is not null)
            return Infrastructure(input.Texts("infrastructure.sources"), at);
        if (name == "audit" || input.Under("audit") is not null)
            return Audit(input.Texts("audit.sources"), at);
        input.Has("receiver");
        to.SourceRemarks.Weigh(at, $"the input {name} ({input.Text("type")}) is not collected: the collector reads container logs and other files");
        return [];
    }

    private List<(ConvertedSource, IReadOnlyList<Restriction>)> Infrastructure(IReadOnlyList<string> wanted, Spot at)
    {
        if (wanted.Count == 0 || wanted.Contains("node"))
            to.SourceRemarks.Weigh(at, "the journal of the nodes is not collected (a source journal comes with a later version)");
        return wanted.Count > 0 && !wanted.Contains("container") ? [] : [(Source("containers", Containers, at), [new Restriction.LogTypes(at, ["infrastructure"])])];
    }

    private List<(ConvertedSource, IReadOnlyList<Restriction>)> Audit(IReadOnlyList<string> wanted, Spot at)
    {
        var found = new List<(ConvertedSource, IReadOnlyList<Restriction>)>();
        foreach (var (name, path, isJson) in AuditFiles.Where(f => wanted.Count == 0 || wanted.Contains(f.Source)))
        {
            var source = Source(name, path, at);
            source.Keys.Set("logType", "audit");
            source.Keys.Set("logSource", name);
            if (isJson)
            {
                source.Keys.Set("parser", "json");
                source.Keys.Set("timeField", "requestReceivedTimestamp");
            }

            found.Add((source, []));
        }

        return found;
    }

    /// <summary>The pods that an input of applications selects.</summary>
    private static List<Restriction> Selected(InputNode application, Spot at)
    {
        var found = new List<Restriction>();
        if (application.Texts("namespaces") is { Count: > 0 } namespaces)
            found.Add(new Restriction.Namespaces(at, IsExclusion: false, namespaces));
        foreach (var (key, isExclusion) in ((string, bool)[])[("includes", false), ("excludes", true)])
        {
            // What is not expressed leaves more logs in: an included container brings its namespace, an excluded one excludes nothing.
            var items = application.Items(key).Select(i => (Namespace: i.Text("namespace"), Container: i.Text("container"))).ToList();
            if (items.FindAll(i => i.Container is not ("" or "*")) is { Count: > 0 } containers)
            {
                var named = string.Join(", ", containers.Select(c => $"{c.Container} of {(c.Namespace.Length > 0 ? c.Namespace : "all namespaces")}"));
                found.Add(Other(application.SpotOf(key), $"{key} selects containers by name ({named}); the collector selects by namespace and pod label, so it collects {(isExclusion ? "these" : "the other containers there")}, too", "match"));
                if (isExclusion)
                    items = [.. items.Except(containers)];
            }

            var globs = items.Select(i => i.Namespace).Distinct(StringComparer.Ordinal).ToList();
            // An item without a namespace is of all namespaces.
            if (globs.Count > 0 && !globs.Contains(""))
                found.Add(new Restriction.Namespaces(at, isExclusion, globs));
        }

        foreach (var label in application.EntriesOf("selector.matchLabels"))
            found.Add(new Restriction.PodLabel(at, label.Key, label.Value.Single ?? ""));
        if (application.Has("selector.matchExpressions"))
            found.Add(Other(at, "selector.matchExpressions has no counterpart; the collector's podLabels compare whole values, so this selector is left out", "match"));
        if (application.Has("tuning.rateLimitPerContainer") || application.Has("containerLimit"))
            found.Add(Other(at, "the rate limit of containers drops records; the collector stores all of them (limits come with a later version)", "match"));
        return found;
    }

    private List<Restriction> FiltersOf(InputNode pipeline)
    {
        var found = new List<Restriction>();
        foreach (var name in pipeline.Texts("filterRefs"))
        {
            var filter = Named("filters", name);
            var at = (filter ?? pipeline).At;
            if (filter.Text("type") != "parse")
                filter?.SetApart();
            switch (filter.Text("type"))
            {
                case "drop":
                    found.Add(Other(at, $"filter {name} drops records by their fields; the collector stores all of them", "match"));
                    break;
                case "prune":
                    found.Add(Other(at, $"filter {name} removes fields; the collector stores them", "format"));
                    break;
                case "parse":
                    to.Follow(filter!, to.OutputRemarks, NeutralKeys.None);
                    found.Add(ParseJson(at, $"filter {name} (parse)"));
                    break;
                case "detectMultilineException" or "detectMultilineErrors":
                    found.Add(Other(at, $"filter {name} joins lines into records; the collector stores each line as a record (multiline comes with a later version)", ""));
                    break;
                case "openshiftLabels":
                    found.Add(Other(at, $"filter {name} adds labels to each record; the collector adds none", "format"));
                    break;
                case "":
                    throw new ConvertException(at, $"the filter {name} is not defined");
                case var type:
                    found.Add(Other(at, $"filter {name} ({type}) has no counterpart; the collector stores the records without its changes, and drops none of them", "match"));
                    break;
            }
        }

        if (pipeline.Text("parse") == "json")
            found.Add(ParseJson(pipeline.SpotOf("parse"), "parse: json of a pipeline"));
        if (pipeline.EntriesOf("labels").Count > 0)
            found.Add(Other(pipeline.At, $"labels of the pipeline {pipeline.Text("name")} are added to each record there; the collector adds none", "format"));
        if (pipeline.IsOn("detectMultilineErrors", otherwise: false, to.OutputRemarks))
            found.Add(Other(pipeline.At, "detectMultilineErrors joins lines into records; the collector stores each line as a record (multiline comes with a later version)", ""));
        return found;
    }

    private static Restriction.Setting ParseJson(Spot at, string what) => new(at, SharedSettings.ParseJson, "true", what);

    private ConvertedOutput? OutputOf(string name, InputNode pipeline)
    {
        var given = Named("outputs", name);
        var at = (given ?? pipeline).At;
        if (given is null && name != "default")
            throw new ConvertException(at, $"the output {name} is not defined");
        if (given.Text("type") != "s3")
        {
            given?.SetApart();
            to.OutputRemarks.Weigh(at, $"output {name} ({(given is null ? "the cluster's own store" : given.Text("type"))}) is left out: the collector writes to object stores alone, so nothing is sent there any more");
            return null;
        }

        var output = to.AddOutput(name, at);
        Store(given.Under("s3"), given!, output.Keys.At("store"), at);
        if (given.Text("s3.keyPrefix") is { Length: > 0 } prefix)
            output.Keys.SetText("keyPrefix", prefix);
        Tune(given.Under("s3.tuning") ?? given.Under("tuning"), output.Keys, at);
        Protect(given!, output.Keys.At("store"));
        if (given.Has("rateLimit"))
            output.Keys.At("match").Weigh(given!.SpotOf("rateLimit"), "rateLimit drops the records above a rate; the collector stores all of them (limits come with a later version)");
        to.Follow(given!, output.Keys, ClusterLogForwarderNeutral.Output);
        return output;
    }

    private static void Store(InputNode? s3, InputNode output, Block store, Spot at)
    {
        store.Set("type", "s3");
        store.SetText("bucket", s3.Text("bucket"));
        store.SetText("region", s3.Text("region"));
        var url = s3.Text("url").Length > 0 ? s3.Text("url") : output.Text("url");
        store.SetText("endpoint", url);
        if (url.Length > 0)
            store.Set("forcePathStyle", "true");
        var identity = store.At("authentication");
        var authentication = s3.Under("authentication");
        switch (authentication.Text("type"))
        {
            case "awsAccessKey":
                identity.Set("type", "accessKey");
                identity.SetText("accessKeyIdFile", Secret(authentication.Under("awsAccessKey.keyId"), "aws_access_key_id"));
                identity.SetText("secretAccessKeyFile", Secret(authentication.Under("awsAccessKey.keySecret"), "aws_secret_access_key"));
                var secrets = authentication.Texts("awsAccessKey.keyId.secretName").Concat(authentication.Texts("awsAccessKey.keySecret.secretName")).Distinct(StringComparer.Ordinal);
                identity.Note(at, $"mount the secret {string.Join(" and ", secrets)} below {SecretDirectory}, as with extraVolumes and extraVolumeMounts of the chart");
                break;
            case "iamRole":
                identity.Set("type", "webIdentity");
                identity.SetText("roleArn", s3.Text("authentication.iamRole.roleARN"));
                if (authentication.Under("iamRole.roleARN") is { IsMapping: true } secret)
                    identity.Note(at, $"the role's ARN is the key {secret.Text("key")} of the secret {secret.Text("secretName")}: write it as roleArn, or annotate the service account with it");
                break;
        }

        if (output.Text("secret.name") is { Length: > 0 } whole)
        {
            identity.Weigh(output.SpotOf("secret"), $"the secret {whole} holds the store's credentials, and its keys are not known: mount it below {SecretDirectory}, and name its files in accessKeyIdFile and secretAccessKeyFile, or its role in roleArn; "
                + "without them the collector uses another identity");
        }

        if ((authentication.Under("assumeRole") ?? authentication.Under("awsAccessKey.assumeRole")) is { } role)
        {
            var arn = role.Text("roleARN");
            if (arn.Length == 0)
                identity.Weigh(at, $"the role to assume is the key {role.Text("roleARN.key")} of the secret {role.Text("roleARN.secretName")}: write its ARN as assumeRole.roleArn; without it the collector uses another identity");
            else
                identity.At("assumeRole").SetText("roleArn", arn);
            if (arn.Length > 0)
                identity.At("assumeRole").SetText("externalId", role.Text("externalID"));
        }
    }

    /// <summary>What its <c>tls</c> says of certificates.</summary>
    private static void Protect(InputNode output, Block store)
    {
        if (output.Under("tls.ca") is { } authority)
        {
            store.SetText("caFile", Secret(authority, "ca-bundle.crt"));
            var (kind, name) = authority.Text("configMapName") is { Length: > 0 } map ? ("ConfigMap", map) : ("secret", authority.Text("secretName"));
            store.Note(output.SpotOf("tls.ca"), $"tls.ca is a key of the {kind} {name}: mount it below {SecretDirectory}, as with extraVolumes and extraVolumeMounts of the chart");
        }

        if (output.IsOn("tls.insecureSkipVerify", otherwise: false, store))
            store.Note(output.SpotOf("tls.insecureSkipVerify"), "the collector always verifies certificates; name a private authority in caFile");
        foreach (var key in (string[])["tls.certificate", "tls.key", "tls.keyPassphrase"])
        {
            if (output.Has(key))
                store.Weigh(output.SpotOf(key), $"{key} is of a client certificate; the collector shows none to the store, so a store that asks for one refuses it");
        }
    }

    private static void Tune(InputNode? tuning, Block keys, Spot at)
    {
        foreach (var name in (string[])["deliveryMode", "delivery"])
        {
            if (Choice.Of(tuning.Text(name), at, name, keys, "atleastonce", "atmostonce") == "atmostonce")
                keys.Set("deliveryMode", "atMostOnce");
        }

        Words.SetSize(keys.At("batch"), "maxSize", at, "maxWrite", tuning.Text("maxWrite"), SizeUnits.Decimal);
        if (tuning.Text("compression") is { Length: > 0 } compression)
            keys.Set("compression", compression.ToLowerInvariant());
        Words.SetDuration(keys.At("retry"), "minBackoff", at, "minRetryDuration", tuning.Text("minRetryDuration"));
        Words.SetDuration(keys.At("retry"), "maxBackoff", at, "maxRetryDuration", tuning.Text("maxRetryDuration"));
    }

    /// <summary>The layout that the operator's documents have for an output without a keyPrefix.</summary>
    private static void DefaultKey(ConvertedOutput output)
    {
        if (output.Keys.Has("keyPrefix"))
            return;
        output.Keys.SetText("layout", "openshift");
        output.Keys.Note(output.At, "without a keyPrefix the key of an object begins with cluster, day, type and source: set cluster to the cluster's id");
    }

    private ConvertedSource Source(string name, string path, Spot at)
    {
        if (!sources.TryGetValue(name, out var source))
            sources.Add(name, source = to.AddSource(name, at, path));
        return source;
    }

    private static string Secret(InputNode? reference, string key) =>
        $"{SecretDirectory}/{(reference.Text("key") is { Length: > 0 } given ? given : key)}";

    private static Restriction.Other Other(Spot at, string text, string key) => new(new Remark(at, text, IsOfWeight: true), key);

}
