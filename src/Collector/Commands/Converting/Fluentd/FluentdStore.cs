using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.Fluentd;

/// <summary>Fluentd's outputs <c>s3</c>, <c>azurestorage</c> and <c>gcs</c>.</summary>
internal static partial class FluentdStore
{
    /// <summary>Null: it is not an object store.</summary>
    public static ConvertedOutput? Read(FluentdElement match, Conversion to)
    {
        if (match.Type is not ("s3" or "azurestorage" or "azure-storage-append-blob" or "azurestorage_gen2" or "gcs"))
            return null;
        var output = to.AddOutput(match["@id"].Length > 0 ? match["@id"] : match.Type.StartsWith("azure", StringComparison.Ordinal) ? "azure" : match.Type, match.At);
        var store = output.Keys.At("store");
        switch (match.Type)
        {
            case "s3":
                S3(match, store);
                break;
            case "gcs":
                Gcs(match, store);
                break;
            default:
                Azure(match, store);
                break;
        }

        // The keys of objects are read with their placeholders.
        foreach (var key in match.Parameters.Where(p => p.HasPlaceholder && p.Name is not ("path" or "s3_object_key_format" or "object_key_format" or "azure_object_key_format")))
            store.Weigh(key.At, $"{key.Name} {key.Value} has a placeholder, which Fluentd fills in for each chunk; the collector would take it for a variable of the environment: write the value in its place, and convert again");
        Form(match, output.Keys);
        Buffer(match, output.Keys);
        Certificates(match, store);
        to.Follow(match, output.Keys, FluentdNeutral.Store);
        return output;
    }

    private static void S3(FluentdElement match, Block store)
    {
        store.Set("type", "s3");
        store.SetText("bucket", match["s3_bucket"]);
        store.SetText("region", match["s3_region"].Length > 0 ? match["s3_region"] : "us-east-1");
        store.SetText("endpoint", match["s3_endpoint"]);
        if (match.IsOn("force_path_style", otherwise: false, store))
            store.Set("forcePathStyle", "true");
        store.SetText("storageClass", match["storage_class"]);
        store.SetText("serverSideEncryption", match["use_server_side_encryption"]);
        store.SetText("kmsKeyId", match["ssekms_key_id"]);
        store.SetText("acl", match["acl"]);
        store.SetText("proxy", match["proxy_uri"]);
        var identity = store.At("authentication");
        if (match["aws_key_id"].Length > 0)
        {
            identity.Set("type", "accessKey");
            identity.SetText("accessKeyId", match["aws_key_id"]);
            Secret.SetText(identity, "secretAccessKey", match.SpotOf("aws_sec_key"), "aws_sec_key", match["aws_sec_key"]);
        }

        if (match.Element("assume_role_credentials") is { } role)
        {
            var hop = identity.At("assumeRole");
            hop.SetText("roleArn", role["role_arn"]);
            hop.SetText("externalId", role["external_id"]);
            hop.SetText("sessionName", role["role_session_name"]);
        }

        if (match.Element("web_identity_credentials") is { } web)
        {
            identity.Set("type", "webIdentity");
            identity.SetText("roleArn", web["role_arn"]);
            identity.SetText("tokenFile", web["web_identity_token_file"]);
            identity.SetText("sessionName", web["role_session_name"]);
        }

        if (match.Element("instance_profile_credentials") is not null)
            identity.Set("type", "instance");
        if (match.Element("shared_credentials") is { } shared)
            identity.Weigh(shared.At, "the collector does not read a credentials file with profiles, so it would use another identity; give keys by accessKeyIdFile and secretAccessKeyFile, or an identity of the pod");
    }

    private static void Azure(FluentdElement match, Block store)
    {
        store.Set("type", "azureBlob");
        store.SetText("account", match["azure_storage_account"]);
        store.SetText("container", match["azure_container"]);
        var identity = store.At("authentication");
        foreach (var (name, key) in ((string, string)[])[("azure_storage_connection_string", "connectionString"), ("azure_storage_access_key", "accountKey"), ("azure_storage_sas_token", "sas")])
        {
            if (!identity.Has("type"))
                Secret.Set(identity, key, match.SpotOf(name), name, match[name]);
        }
    }

    private static void Gcs(FluentdElement match, Block store)
    {
        store.Set("type", "gcs");
        store.SetText("bucket", match["bucket"]);
        store.SetText("storageClass", match["storage_class"]);
        store.At("authentication").SetText("credentialsFile", match["keyfile"]);
        if (match["credentials_json"].Length > 0)
            store.At("authentication").Note(match.SpotOf("credentials_json"), "the collector reads credentials from a file: set credentialsFile");
        if (match["acl"].Length > 0)
            store.Note(match.SpotOf("acl"), $"acl {match["acl"]} has no counterpart; set it on the bucket");
    }

    /// <summary>The prefix, which depends on what the tag stands for.</summary>
    public static string KeyPrefix(FluentdElement match, Block keys, string tag)
    {
        var (name, format) = match.Type switch
        {
            "s3" => ("s3_object_key_format", "%{path}%{time_slice}_%{index}.%{file_extension}"),
            "gcs" => ("object_key_format", "%{path}%{time_slice}_%{index}.%{file_extension}"),
            _ => ("azure_object_key_format", "%{path}%{time_slice}_%{index}.%{file_extension}"),
        };
        if (match[name].Length > 0)
            format = match[name];
        var whole = format.Replace("%{path}", match["path"], StringComparison.Ordinal);
        var parts = tag.Split('.');
        var key = new KeyFormat();
        var text = KeyFormat.UpToName(whole, ["%", "${chunk_id}"]).Replace("%{time_slice}", match["time_slice_format"].Length > 0 ? match["time_slice_format"] : "%Y%m%d%H", StringComparison.Ordinal);
        for (var i = 0; i < text.Length;)
        {
            var isPlaceholder = i + 1 < text.Length && text[i] is '%' or '$' && i + 1 < text.Length && text[i + 1] == '{' && text.IndexOf('}', i) > 0;
            if (!isPlaceholder)
            {
                var length = text[i] == '%' && i + 1 < text.Length ? 2 : 1;
                key.AddStrftime(text.Substring(i, length));
                i += length;
                continue;
            }

            var end = text.IndexOf('}', i) + 1;
            AddPlaceholder(key, text[i..end], tag, parts);
            i = end;
        }

        FluentdZone.TellDates(match, text, keys);
        if (key.Lost.Count > 0)
            keys.Weigh(match.SpotOf(name), $"the key {whole} has {string.Join(", ", key.Lost)}, which keyPrefix does not support; objects get other keys than before");
        return key.Text;
    }

    private static void AddPlaceholder(KeyFormat key, string placeholder, string tag, string[] parts)
    {
        switch (placeholder)
        {
            case "${tag}" when !tag.Contains('*', StringComparison.Ordinal):
                key.AddStrftime(tag);
                break;
            case "${tag}" when tag.EndsWith("var.log.containers.*.log", StringComparison.Ordinal):
                key.AddStrftime(tag[..^"*.log".Length]);
                key.AddField("{.kubernetes.pod_name||\"none\"}_{.kubernetes.namespace_name||\"none\"}_{.kubernetes.container_name||\"none\"}-{.kubernetes.docker_id||\"none\"}.log");
                break;
            case "%{hostname}" or "${hostname}" or "#{Socket.gethostname}":
                key.AddField("{.hostname||\"none\"}");
                break;
            case "%{hex_random}" or "%{uuid_flush}" or "%{index}" or "%{uuid_hash}" or "${chunk_id}":
                // Left out: it makes names unique, and the name of a collector's object is unique without it.
                break;
            default:
                if (FieldOf(placeholder) is { } field)
                    key.AddField($"{{.{field}||\"none\"}}");
                else if (TagPart().Match(placeholder) is { Success: true } part && int.TryParse(part.Groups[1].Value, out var index) && index < parts.Length && !parts[..(index + 1)].Any(p => p.Contains('*', StringComparison.Ordinal)))
                    key.AddStrftime(parts[index]);
                else if (placeholder.StartsWith("${", StringComparison.Ordinal) && !placeholder.StartsWith("${tag", StringComparison.Ordinal) && !placeholder.Any(char.IsLower))
                    key.AddField(placeholder);
                else
                    key.AddLost(placeholder);
                break;
        }
    }

    /// <summary>A field of the record by which chunks are kept apart: <c>${$.kubernetes.namespace_name}</c>.</summary>
    private static string? FieldOf(string placeholder) => placeholder switch
    {
        "${$.kubernetes.namespace_name}" => "kubernetes.namespace_name",
        "${$.kubernetes.pod_name}" => "kubernetes.pod_name",
        "${$.kubernetes.container_name}" => "kubernetes.container_name",
        "${$.kubernetes.host}" => "hostname",
        "${$.stream}" or "${stream}" => "stream",
        _ => null,
    };

    private static void Form(FluentdElement match, Block keys)
    {
        var format = match.Element("format");
        var type = format?.Type ?? match["format"];
        switch (type)
        {
            case "json":
                break;
            case "single_value":
                keys.Set("format", "text");
                if (format?["message_key"] is { Length: > 0 } field and not ("log" or "message"))
                    keys.Weigh(format.SpotOf("message_key"), $"message_key {field} stores one field of a record; format: text stores the line as it is");
                if (!(format?.IsOn("add_newline", otherwise: true, keys) ?? true))
                    keys.Weigh(format.SpotOf("add_newline"), "add_newline false writes records without a newline between; the collector writes one behind each record");
                break;
            default:
                keys.Weigh(format?.At ?? match.At, type.Length == 0 ? "without <format> Fluentd writes time, tag and JSON with tabs between; the collector writes JSON lines" : $"format {type} is not supported; the collector writes JSON lines");
                break;
        }

        switch (match["store_as"])
        {
            case "" or "gzip" or "gzip_command":
                break;
            case "text" or "json" or "txt":
                keys.Set("compression", "none");
                break;
            case "zstd":
                keys.Set("compression", "zstd");
                break;
            default:
                keys.Weigh(match.SpotOf("store_as"), $"store_as {match["store_as"]} writes files of another kind; the collector writes gzip");
                break;
        }
    }

    private static void Buffer(FluentdElement match, Block keys)
    {
        var buffer = match.Element("buffer") ?? match;
        // The collector's buffer is always a file below dataDir.
        _ = (buffer["@type"], buffer == match ? "" : buffer["path"]);
        var age = buffer["flush_interval"].Length > 0 && (buffer["flush_mode"] == "interval" || buffer["timekey"].Length == 0) ? "flush_interval" : "timekey";
        Words.SetDuration(keys.At("batch"), "maxAge", buffer.SpotOf(age), age, buffer[age].Length > 0 ? buffer[age] : DefaultAge(match, buffer));
        var size = buffer["chunk_limit_size"].Length > 0 ? buffer["chunk_limit_size"] : DefaultSize(match, buffer);
        Words.SetSize(keys.At("batch"), "maxSize", buffer.SpotOf("chunk_limit_size"), "chunk_limit_size", size, SizeUnits.Binary);
        Words.SetSize(keys.At("buffer"), "maxSize", buffer.SpotOf("total_limit_size"), "total_limit_size", buffer["total_limit_size"], SizeUnits.Binary);
        if (Choice.Of(buffer["overflow_action"], buffer.SpotOf("overflow_action"), "overflow_action", keys.At("buffer"), "throw_exception", "block", "drop_oldest_chunk") == "drop_oldest_chunk")
            keys.At("buffer").Set("whenFull", "dropOldest");
        foreach (var secondary in match.All("secondary"))
        {
            secondary.SetApart();
            keys.Note(secondary.At, "<secondary> is not needed: the collector keeps records until the store takes them");
        }
    }

    /// <summary>
    /// These plugins keep the chunks of a day, unless the older <c>time_slice_format</c> asks for shorter ones; chunks that are kept
    /// by other keys than the time are flushed each minute.
    /// </summary>
    private static string DefaultAge(FluentdElement match, FluentdElement buffer)
    {
        var slice = match["time_slice_format"];
        if (buffer.Name == "buffer" && buffer.Argument.Length > 0 && !buffer.Argument.Split(',', StringSplitOptions.TrimEntries).Contains("time"))
            return "60s";
        return slice.Contains("%S", StringComparison.Ordinal) ? "1s" : slice.Contains("%M", StringComparison.Ordinal) ? "1m" : slice.Contains("%H", StringComparison.Ordinal) ? "1h" : "1d";
    }

    /// <summary>Of a chunk in a file, or in memory.</summary>
    private static string DefaultSize(FluentdElement match, FluentdElement buffer) =>
        (buffer.Name == "buffer" ? buffer["@type"] : match["buffer_type"]) == "file" ? "256m" : "8m";

    private static void Certificates(FluentdElement match, Block store)
    {
        store.SetText("caFile", match["ssl_ca_bundle"]);
        if (!match.IsOn("ssl_verify_peer", otherwise: true, store))
            store.Note(match.SpotOf("ssl_verify_peer"), "the collector always verifies certificates; name a private authority in caFile");
        if (match.IsOn("auto_create_bucket", otherwise: false, store) || match.IsOn("auto_create_container", otherwise: false, store))
            store.Note(match.At, "Fluentd creates a bucket or container that is missing; the collector does not, so create it first");
        foreach (var grant in (string[])["grant_full_control", "grant_read", "grant_read_acp", "grant_write_acp"])
        {
            if (match[grant].Length > 0)
                store.Note(match.SpotOf(grant), $"{grant} has no counterpart; set it on the bucket, or use acl");
        }
    }

    [GeneratedRegex(@"^\$\{tag\[([0-9]+)\]\}$")]
    private static partial Regex TagPart();
}
