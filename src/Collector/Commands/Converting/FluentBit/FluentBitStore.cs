using System.Text.RegularExpressions;

namespace Collector.Commands.Converting.FluentBit;

/// <summary>fluent-bit's outputs <c>s3</c> and <c>azure_blob</c>.</summary>
internal static partial class FluentBitStore
{
    private const string DefaultKey = "/fluent-bit-logs/$TAG/%Y/%m/%d/%H/%M/%S";

    /// <summary>Null: it is not an object store.</summary>
    public static ConvertedOutput? Read(FluentBitSection section, Conversion to)
    {
        if (section.Name is not ("s3" or "azure_blob"))
            return null;
        var output = to.AddOutput(section["alias"].Length > 0 ? section["alias"] : section.Name.Replace('_', '-'), section.At);
        var store = output.Keys.At("store");
        if (section.Name == "s3")
            S3(section, output.Keys, store);
        else
            Azure(section, output.Keys, store);
        Shared(section, output.Keys, store);
        to.Follow(section, output.Keys, section.Name == "s3" ? FluentBitNeutral.S3 : FluentBitNeutral.Azure);
        return output;
    }

    /// <summary>The prefix, which depends on what the tag stands for.</summary>
    public static string KeyPrefix(FluentBitSection section, ConvertedOutput output, ConvertedSource source, string tag)
    {
        var format = section.Name == "s3" ? section["s3_key_format"] is { Length: > 0 } given ? given : DefaultKey
            : $"{section["path"].Trim('/')}{(section["path"].Length > 0 ? "/" : "")}$TAG.";
        var key = Prefix(format, source, tag, section["s3_key_format_tag_delimiters"] is { Length: > 0 } delimiters ? delimiters : ".");
        if (key.Lost.Count > 0)
            output.Keys.Weigh(section.SpotOf("s3_key_format"), $"the key {format} has {string.Join(", ", key.Lost)}, which keyPrefix does not support; objects get other keys than before");
        return key.Text;
    }

    private static KeyFormat Prefix(string format, ConvertedSource source, string tag, string delimiters)
    {
        var key = new KeyFormat();
        var upTo = KeyFormat.UpToName(format, ["%", "$UUID", "$INDEX"]);
        var at = 0;
        foreach (Match part in TagPart().Matches(upTo))
        {
            key.AddStrftime(upTo[at..part.Index]);
            at = part.Index + part.Length;
            AddTag(key, part, source, tag, delimiters);
        }

        return key.AddStrftime(upTo[at..]);
    }

    private static void AddTag(KeyFormat key, Match part, ConvertedSource source, string tag, string delimiters)
    {
        var text = tag;
        if (part.Groups[1].Length > 0)
        {
            var parts = tag.Split(delimiters.ToCharArray());
            var index = int.TryParse(part.Groups[1].Value, out var number) ? number : int.MaxValue;
            // The part after the wildcard may be any text: a pod's name has dots.
            if (index < parts.Length && !parts[..(index + 1)].Any(p => p.Contains('*', StringComparison.Ordinal)))
                text = parts[index];
            else if (index >= parts.Length && !tag.Contains('*', StringComparison.Ordinal))
                text = "";
            else
                text = "*";
        }

        var wildcard = text.IndexOf('*', StringComparison.Ordinal);
        if (text.Contains('<', StringComparison.Ordinal))
        {
            AddNamedParts(key, text);
        }
        else if (wildcard < 0)
        {
            key.AddStrftime(text.Replace("%", "%%", StringComparison.Ordinal));
        }
        else if (IsOfLinks(source) && text.EndsWith("*.log", StringComparison.Ordinal))
        {
            key.AddStrftime(text[..wildcard]);
            key.AddField("{.kubernetes.pod_name||\"none\"}_{.kubernetes.namespace_name||\"none\"}_{.kubernetes.container_name||\"none\"}-{.kubernetes.docker_id||\"none\"}.log");
        }
        else
        {
            key.AddStrftime(text[..wildcard].TrimEnd('.'));
            key.AddLost(part.Value);
        }
    }

    /// <summary>Only the names of the links tell the pod, the namespace and the container in this order.</summary>
    private static bool IsOfLinks(ConvertedSource source) => Words.WithDefaults(source.Path).StartsWith("/var/log/containers/", StringComparison.Ordinal);

    /// <summary>For a tag like <c>kube.&lt;namespace_name&gt;</c>, which Tag_Regex fills in.</summary>
    private static void AddNamedParts(KeyFormat key, string text)
    {
        var at = 0;
        foreach (Match part in NamedPart().Matches(text))
        {
            key.AddStrftime(text[at..part.Index]);
            at = part.Index + part.Length;
            if (part.Groups[1].Value is "namespace_name" or "pod_name" or "container_name" or "docker_id")
                key.AddField($"{{.kubernetes.{part.Groups[1].Value}||\"none\"}}");
            else
                key.AddLost(part.Value);
        }

        key.AddStrftime(text[at..]);
    }

    private static void S3(FluentBitSection section, Block keys, Block store)
    {
        store.Set("type", "s3");
        store.SetText("bucket", section["bucket"]);
        store.SetText("region", section["region"].Length > 0 ? section["region"] : "us-east-1");
        if (section["endpoint"] is { Length: > 0 } endpoint)
        {
            store.SetText("endpoint", UrlOf(endpoint, section, store));
            // With an endpoint, fluent-bit addresses the bucket in the path.
            store.Set("forcePathStyle", "true");
            if (endpoint.Contains("storage.googleapis.com", StringComparison.Ordinal))
                store.Note(section.SpotOf("endpoint"), "it is Google's endpoint for S3's protocol; type: gcs needs no HMAC key");
        }

        store.SetText("storageClass", section["storage_class"]);
        store.SetText("acl", section["canned_acl"]);
        var identity = store.At("authentication");
        if (section["role_arn"].Length > 0)
        {
            identity.At("assumeRole").SetText("roleArn", section["role_arn"]);
            identity.At("assumeRole").SetText("externalId", section["external_id"]);
        }

        if (section["profile"].Length > 0)
            identity.Weigh(section.SpotOf("profile"), $"the profile {section["profile"]} of a credentials file is not read by the collector, which would use another identity; give keys by accessKeyIdFile and secretAccessKeyFile, or an identity of the pod");
        if (section["sts_endpoint"].Length > 0)
            identity.Weigh(section.SpotOf("sts_endpoint"), $"sts_endpoint {section["sts_endpoint"]} gives fluent-bit its identity; the collector asks AWS's own STS, so it would use another identity, or none: give the identity under authentication");
        Compression(section.Keys.FindLast(k => k.Is("compression")), keys);
        var age = section["upload_timeout"].Length > 0 ? section["upload_timeout"] : "10m";
        Words.SetDuration(keys.At("batch"), "maxAge", section.SpotOf("upload_timeout"), "upload_timeout", age);
        var size = section["total_file_size"].Length > 0 ? section["total_file_size"] : "100M";
        Words.SetSize(keys.At("batch"), "maxSize", section.SpotOf("total_file_size"), "total_file_size", size, SizeUnits.Decimal);
        if (section["log_key"].Length > 0)
        {
            keys.Set("format", "text");
            if (section["log_key"] != "log")
                keys.Weigh(section.SpotOf("log_key"), $"log_key {section["log_key"]} stores one field of a record; format: text stores the line as it is");
        }
    }

    private static void Azure(FluentBitSection section, Block keys, Block store)
    {
        store.Set("type", "azureBlob");
        store.SetText("account", section["account_name"]);
        store.SetText("container", section["container_name"]);
        if (section["endpoint"] is { Length: > 0 } endpoint)
            store.SetText("endpoint", UrlOf(endpoint, section, store));
        AzureIdentity(section, store.At("authentication"));

        keys.Set("compression", section.IsOn("compress_blob", otherwise: false, keys) || Choice.Of(section["compress"], section.SpotOf("compress"), "compress", keys, "none", "gzip") == "gzip" ? "gzip" : "none");
        if (section.IsOn("buffering_enabled", otherwise: false, keys))
        {
            var (size, age) = (section["upload_file_size"], section["upload_timeout"]);
            Words.SetSize(keys.At("batch"), "maxSize", section.SpotOf("upload_file_size"), "upload_file_size", size.Length > 0 ? size : "200M", SizeUnits.Decimal);
            Words.SetDuration(keys.At("batch"), "maxAge", section.SpotOf("upload_timeout"), "upload_timeout", age.Length > 0 ? age : "30m");
        }

        if (section["blob_type"].Length == 0 || section["blob_type"].StartsWith("append", StringComparison.OrdinalIgnoreCase))
            keys.Note(section.SpotOf("blob_type"), "fluent-bit appends to one blob a tag; the collector writes each blob once, many under one prefix");
        if (section["auto_create_container"].Length > 0 && section.IsOn("auto_create_container", otherwise: true, store))
            store.Note(section.SpotOf("auto_create_container"), "auto_create_container is on: fluent-bit creates the container; the collector does not, so create it first");
        if (section.IsOn("emulator_mode", otherwise: false, store))
            store.Note(section.SpotOf("emulator_mode"), "the collector reaches an emulator by its endpoint, like http://127.0.0.1:10000/devstoreaccount1");
    }

    /// <summary>Without <c>auth_type</c> fluent-bit takes the key.</summary>
    private static void AzureIdentity(FluentBitSection section, Block identity)
    {
        var type = Choice.Of(section["auth_type"], section.SpotOf("auth_type"), "auth_type", identity, "key", "sas", "managed_identity", "workload_identity");
        var (key, sas) = (section["shared_key"], section["sas_token"]);
        if (type is "managed_identity" or "workload_identity")
            identity.Set("type", type == "managed_identity" ? "managedIdentity" : "workloadIdentity");
        else if (type == "sas" || key.Length == 0)
            Secret.Set(identity, "sas", section.SpotOf("sas_token"), "sas_token", sas);
        else
            Secret.Set(identity, "accountKey", section.SpotOf("shared_key"), "shared_key", key);
    }

    private static string UrlOf(string endpoint, FluentBitSection section, Block store) =>
        endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{(section.IsOn("tls", otherwise: true, store) ? "https" : "http")}://{endpoint}";

    private static void Compression(InputKey? key, Block keys)
    {
        switch (key?.Value.ToLowerInvariant() ?? "none")
        {
            case "none" or "":
                keys.Set("compression", "none");
                break;
            case "gzip" or "zstd" or "snappy":
                keys.Set("compression", key!.Value.ToLowerInvariant());
                break;
            default:
                keys.Weigh(key!.At, $"compression {key.Value} writes files of another kind; the collector writes JSON lines with gzip");
                break;
        }
    }

    /// <summary>Keys of both.</summary>
    private static void Shared(FluentBitSection section, Block keys, Block store)
    {
        foreach (var name in (string[])["store_dir_limit_size", "storage.total_limit_size"])
            Words.SetSize(keys.At("buffer"), "maxSize", section.SpotOf(name), name, section[name], SizeUnits.Decimal);
        if (section["retry_limit"] is { Length: > 0 } attempts && attempts.ToLowerInvariant() is not ("no_limits" or "false" or "no_retries"))
            keys.Note(section.SpotOf("retry_limit"), $"after {attempts} attempts fluent-bit drops the records; the collector keeps them until the store takes them");
        if (section["json_date_key"] is { Length: > 0 } and not ("time" or "date"))
            keys.Note(section.SpotOf("json_date_key"), $"the time of a record is in the field time, not in {section["json_date_key"]}");
        store.SetText("caFile", section["tls.ca_file"]);
        foreach (var name in (string[])["tls.verify", "tls.verify_hostname"])
        {
            if (!section.IsOn(name, otherwise: true, store))
                store.Note(section.SpotOf(name), "the collector always verifies certificates; name a private authority in caFile");
        }

        if (section.Find("processors") is { } processors)
        {
            processors.Take();
            keys.Weigh(processors.At, "processors change or drop records; the collector stores them all, unchanged");
        }
    }

    [GeneratedRegex("<([^>]*)>")]
    private static partial Regex NamedPart();

    [GeneratedRegex(@"\$TAG(?:\[([0-9]+)\])?")]
    private static partial Regex TagPart();
}
