using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Vector;

/// <summary>Vector's sinks <c>aws_s3</c>, <c>azure_blob</c> and <c>gcp_cloud_storage</c>.</summary>
internal static partial class VectorSinks
{
    /// <summary>Null: it is not an object store.</summary>
    /// <param name="sink">It.</param>
    /// <param name="to">Receives the output.</param>
    /// <param name="zone">The zone of all sinks that name none; empty: UTC.</param>
    public static ConvertedOutput? Read(InputEntry sink, Conversion to, string zone)
    {
        var at = sink.At;
        var type = sink.Value.Text("type");
        if (type is not ("aws_s3" or "azure_blob" or "gcp_cloud_storage"))
            return null;
        var output = to.AddOutput(sink.Key, at);
        var (keys, value) = (output.Keys, sink.Value);
        var store = keys.At("store");
        switch (type)
        {
            case "aws_s3":
                S3(value, store, at);
                break;
            case "azure_blob":
                Azure(value, store);
                break;
            default:
                Gcs(value, store, at);
                break;
        }

        store.SetText("caFile", value.Text("tls.ca_file"));
        if (value.Text("proxy.https") is { Length: > 0 } proxy)
            store.SetText("proxy", proxy);
        foreach (var check in (string[])["tls.verify_certificate", "tls.verify_hostname"])
        {
            if (!value.IsOn(check, otherwise: true, store))
                store.Note(value.SpotOf(check), "the collector always verifies certificates; name a private authority in caFile");
        }

        to.Follow(value, keys, VectorNeutral.Sink);
        Key(type, value, keys, at, value.Text("timezone") is { Length: > 0 } own ? own : zone);
        Form(value, keys, at);
        Buffer(value, keys, at);
        return output;
    }

    private static void S3(InputNode sink, Block store, Spot at)
    {
        store.Set("type", "s3");
        store.SetText("bucket", sink.Text("bucket"));
        store.SetText("region", sink.Text("region"));
        store.SetText("endpoint", sink.Text("endpoint"));
        if (sink.IsOn("force_path_style", otherwise: sink.Text("endpoint").Length > 0, store))
            store.Set("forcePathStyle", "true");
        store.SetText("storageClass", sink.Text("storage_class"));
        store.SetText("serverSideEncryption", sink.Text("server_side_encryption"));
        store.SetText("kmsKeyId", sink.Text("ssekms_key_id"));
        store.SetText("acl", sink.Text("acl"));
        foreach (var tag in sink.EntriesOf("tags"))
            store.At("tags").SetText(tag.Key, tag.Value.Single ?? "");
        var identity = store.At("authentication");
        if (sink.Text("auth.access_key_id").Length > 0)
        {
            identity.Set("type", "accessKey");
            identity.SetText("accessKeyId", sink.Text("auth.access_key_id"));
            Secret.SetText(identity, "secretAccessKey", sink.SpotOf("auth.secret_access_key"), "auth.secret_access_key", sink.Text("auth.secret_access_key"));
            identity.SetText("sessionToken", sink.Text("auth.session_token"));
        }

        if (sink.Text("auth.assume_role").Length > 0)
        {
            identity.At("assumeRole").SetText("roleArn", sink.Text("auth.assume_role"));
            identity.At("assumeRole").SetText("externalId", sink.Text("auth.external_id"));
            identity.At("assumeRole").SetText("sessionName", sink.Text("auth.session_name"));
        }

        // Read both: the one remark is about both.
        if (sink.Text("auth.credentials_file").Length + sink.Text("auth.profile").Length > 0)
            identity.Weigh(sink.SpotOf("auth"), "the collector does not read a credentials file with profiles, so it would use another identity; give keys by accessKeyIdFile and secretAccessKeyFile, or an identity of the pod");
        foreach (var grant in (string[])["grant_full_control", "grant_read", "grant_read_acp", "grant_write_acp"])
        {
            if (sink.Text(grant).Length > 0)
                store.Note(at, $"{grant} has no counterpart; set it on the bucket, or use acl");
        }
    }

    private static void Azure(InputNode sink, Block store)
    {
        store.Set("type", "azureBlob");
        store.SetText("account", sink.Text("storage_account"));
        store.SetText("container", sink.Text("container_name"));
        store.SetText("endpoint", sink.Text("endpoint"));
        Secret.Set(store.At("authentication"), "connectionString", sink.SpotOf("connection_string"), "connection_string", sink.Text("connection_string"));
    }

    private static void Gcs(InputNode sink, Block store, Spot at)
    {
        store.Set("type", "gcs");
        store.SetText("bucket", sink.Text("bucket"));
        store.SetText("endpoint", sink.Text("endpoint"));
        store.SetText("storageClass", sink.Text("storage_class"));
        store.At("authentication").SetText("credentialsFile", sink.Text("credentials_path"));
        if (sink.Text("acl").Length > 0)
            store.Note(at, $"acl {sink.Text("acl")} has no counterpart; set it on the bucket");
        if (sink.Has("metadata"))
            store.Note(at, "the collector writes its own metadata to objects");
    }

    private static void Key(string type, InputNode sink, Block keys, Spot at, string zone)
    {
        var (name, otherwise) = type == "azure_blob" ? ("blob_prefix", "blob/%F/") : ("key_prefix", "date=%F/");
        var hasPrefix = sink.Entries.Any(e => e.Key == name);
        var format = hasPrefix ? sink.Text(name) : otherwise;
        var key = new KeyFormat();
        var from = 0;
        foreach (Match field in Template().Matches(format))
        {
            key.AddStrftime(format[from..field.Index]);
            from = field.Index + field.Length;
            if (FieldOf(field.Groups[1].Value) is { } own)
                key.AddField($"{{.{own}||\"none\"}}");
            else
                key.AddLost(field.Value);
        }

        key.AddStrftime(format[from..]);
        keys.SetText("keyPrefix", key.Text);
        if (format.Contains('%', StringComparison.Ordinal) && !LineTime.IsUtc(zone))
            keys.Weigh(sink.SpotOf("timezone"), $"dates in keys are of the timezone {zone}; the collector writes them in UTC, so objects get other keys than before");
        if (key.Lost.Count > 0)
            keys.Weigh(at, $"{name} {format} has {string.Join(", ", key.Lost)}, which keyPrefix does not support; objects get other keys than before");
    }

    /// <summary>Vector's fields by their names in the collector.</summary>
    private static string? FieldOf(string path)
    {
        var name = path.Trim().TrimStart('.').Replace("%", "", StringComparison.Ordinal);
        return name switch
        {
            "kubernetes.pod_namespace" or "kubernetes.namespace_name" => "kubernetes.namespace_name",
            "kubernetes.pod_name" or "kubernetes.container_name" or "kubernetes.container_image" => name,
            "kubernetes.pod_uid" => "kubernetes.pod_id",
            "kubernetes.container_id" => "kubernetes.docker_id",
            "kubernetes.pod_node_name" or "host" or "hostname" => "hostname",
            "stream" => "stream",
            "cluster" or "cluster_name" => "cluster",
            _ => LabelPath().Match(name) is { Success: true } label ? $"kubernetes.labels.\"{label.Groups[1].Value.Trim('"')}\"" : null,
        };
    }

    private static void Form(InputNode sink, Block keys, Spot at)
    {
        switch (sink.Text("encoding.codec"))
        {
            case "json" or "":
                break;
            case "text" or "raw_message":
                keys.Set("format", "text");
                break;
            case var codec:
                keys.Weigh(at, $"encoding.codec {codec} is not supported; the collector writes JSON lines");
                break;
        }

        if (sink.Texts("encoding.except_fields").Count + sink.Texts("encoding.only_fields").Count > 0)
            keys.Weigh(at, "encoding removes fields (except_fields, only_fields); the collector stores them");
        if (sink.Text("framing.method") is not ("" or "newline_delimited") && sink.Has("framing"))
            keys.Weigh(at, $"framing.method {sink.Text("framing.method")} is not supported; the collector writes one record a line");
        var compression = sink.Text("compression") is { Length: > 0 } plain ? plain : sink.Text("compression.algorithm");
        switch (compression)
        {
            case "":
                keys.Set("compression", sink.Text("type") == "gcp_cloud_storage" ? "none" : "gzip");
                break;
            case "gzip":
                break;
            case "none" or "zstd" or "snappy" or "zlib":
                keys.Set("compression", compression);
                break;
            default:
                keys.Weigh(at, $"compression {compression} is not supported; the collector writes gzip");
                break;
        }
    }

    private static void Buffer(InputNode sink, Block keys, Spot at)
    {
        var (age, size) = (sink.Text("batch.timeout_secs"), sink.Text("batch.max_bytes"));
        Words.SetDuration(keys.At("batch"), "maxAge", at, "batch.timeout_secs", age.Length > 0 ? age : "300");
        Words.SetSize(keys.At("batch"), "maxSize", at, "batch.max_bytes", size.Length > 0 ? size : "10000000", SizeUnits.Decimal);
        if (sink.Text("buffer.type") == "disk")
            Words.SetSize(keys.At("buffer"), "maxSize", at, "buffer.max_size", sink.Text("buffer.max_size"), SizeUnits.Decimal);
        if (Choice.Of(sink.Text("buffer.when_full"), sink.SpotOf("buffer.when_full"), "buffer.when_full", keys.At("buffer"), "block", "drop_newest", "overflow") == "drop_newest")
            keys.At("buffer").Weigh(at, "when_full: drop_newest drops new records; a full output of the collector waits (block) or drops the oldest objects (dropOldest)");
        Words.SetDuration(keys.At("retry"), "minBackoff", at, "request.retry_initial_backoff_secs", sink.Text("request.retry_initial_backoff_secs"));
        Words.SetDuration(keys.At("retry"), "maxBackoff", at, "request.retry_max_duration_secs", sink.Text("request.retry_max_duration_secs"));
    }

    [GeneratedRegex(@"\{\{([^}]*)\}\}")]
    private static partial Regex Template();

    [GeneratedRegex("""^kubernetes\.pod_labels\.("[^"]+"|[A-Za-z0-9_-]+)$""")]
    private static partial Regex LabelPath();
}
