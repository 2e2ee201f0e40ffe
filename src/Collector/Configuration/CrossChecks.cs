using Collector.Configuration.Binding;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Configuration;

/// <summary>Checks across several keys. Each mistake is reported where the user would correct it.</summary>
internal static class CrossChecks
{
    private const int HighestGzipLevel = 9;

    /// <summary>S3's own limit.</summary>
    private const int MostTags = 10;

    public static void Names(CollectorConfiguration configuration, Place root)
    {
        Unique(configuration.Sources.Select(source => source.Name), root.Key("sources"));
        Unique(configuration.Outputs.Select(output => output.Name), root.Key("outputs"));
    }

    public static void Matches(CollectorConfiguration configuration, Place root)
    {
        var names = configuration.Sources.Select(source => source.Name).ToList();
        if (!names.Index().All(name => IsNameKnown(root.Key("sources").Item(name.Index))))
            return;
        for (var i = 0; i < configuration.Outputs.Count; i++)
        {
            var wanted = configuration.Outputs[i].Match.Sources;
            for (var j = 0; j < wanted.Count; j++)
            {
                if (!names.Contains(wanted[j]))
                    root.Key("outputs").Item(i).Key("match").Key("sources").Item(j)
                        .Mistake($"there is no source '{wanted[j]}'", $"write one of {string.Join(", ", names.Distinct())}");
            }
        }
    }

    /// <summary>What is excluded is stronger, so that nothing would be left of what is included.</summary>
    public static void Namespaces(NamespaceMatch match, Place at)
    {
        if (match.Include.Count > 0 && match.Include.All(match.Exclude.Contains) && !at.IsAnyWrong("include", "exclude"))
            at.Key("exclude").Mistake("has all of include, so the output would get no pod's records", "remove them from one of the two lists");
    }

    /// <summary>A record is never split over objects, so one must hold at least a short record.</summary>
    public static void RecordsFitObjects(CollectorConfiguration configuration, Place root)
    {
        foreach (var (index, output) in configuration.Outputs.Index())
        {
            var least = RecordLimit.LeastMaxSize(configuration, output);
            if (output.Batch.MaxSize < least)
                root.Key("outputs").Item(index).Key("batch").Key("maxSize").Mistake(
                    $"{Size.Format(output.Batch.MaxSize)} cannot hold a record of {Size.Format(RecordLimit.Least)} with its metadata", $"write at least {Size.Format(least)}");
        }
    }

    public static void Layout(OutputConfiguration output, Place at)
    {
        if (output.Layout != KeyLayouts.KeyPrefix && output.KeyPrefix.Text != KeyTemplate.Default.Text && !at.IsAnyWrong("keyPrefix", "layout"))
            at.Key("layout").Mistake("and keyPrefix exclude each other", "remove one of the two");
    }

    /// <summary>A collector that reads its own output never ends.</summary>
    public static void OwnFilesAreNotRead(CollectorConfiguration configuration, Place root)
    {
        foreach (var (number, source) in configuration.Sources.Index())
        {
            // Another source stands in for a wrong one: its paths are nobody's.
            if (root.Key("sources").Item(number) is var place && (place.IsWrong || place.IsAnyWrong("type", "path", "podLogs")))
                continue;
            string[] patterns = source is ContainerSourceSettings containers
                ? [Path.GetDirectoryName(containers.Path) + "/**", containers.PodLogs + "/**"]
                : [source.Path];
            NotRead(configuration.DataDir, root.Key("dataDir"));
            foreach (var (index, output) in configuration.Outputs.Index())
            {
                if (output.Store is FileSystemSettings store)
                    NotRead(store.Path, root.Key("outputs").Item(index).Key("store").Key("path"));
            }

            void NotRead(string directory, Place at)
            {
                if (Array.Find(patterns, pattern => Reaches(pattern, directory)) is { } found)
                    at.Mistake($"{directory} is a directory that source '{source.Name}' reads ({found})", "write a directory of its own");
            }
        }
    }

    public static void TimeField(FileSourceSettings source, Place at)
    {
        if (source.TimeField.Length > 0 && !at.IsAnyWrong("parser") && source.Parser != FileParser.Json)
            at.Key("timeField").Mistake("is allowed with parser json only", "remove it, or write parser: json");
        if (source.TimeFormat != TimeFormat.Auto && source.TimeField.Length == 0 && !at.IsAnyWrong("timeField", "timeFormat"))
            at.Key("timeFormat").Mistake("has no effect without timeField", "add timeField (the name of the field that holds the time), or remove timeFormat");
    }

    public static void Backoff(RetrySettings retry, Place at)
    {
        if (retry.MinBackoff > retry.MaxBackoff && !at.IsAnyWrong("minBackoff", "maxBackoff"))
            at.Key("minBackoff").Mistake(
                $"{Duration.Format(retry.MinBackoff)} is more than maxBackoff, {Duration.Format(retry.MaxBackoff)}",
                "write a smaller one, or a larger maxBackoff");
    }

    public static void CompressionLevel(OutputConfiguration output, Place at)
    {
        var highest = output.Compression switch
        {
            Compression.Gzip or Compression.Zlib => HighestGzipLevel,
            Compression.Zstd => int.MaxValue,
            _ => 0,
        };
        if (output.CompressionLevel > highest && !at.IsAnyWrong("compression"))
            at.Key("compressionLevel").Mistake(
                $"{output.CompressionLevel} is not a level of {output.Compression.ToString().ToLowerInvariant()}",
                highest == 0 ? "remove it" : $"write 0 to {highest}");
    }

    public static void BatchFitsBuffer(OutputConfiguration output, Place at)
    {
        if (output.Batch.MaxSize > output.Buffer.MaxSize && !at.IsAnyWrong("batch", "batch.maxSize", "buffer", "buffer.maxSize"))
            at.Key("batch").Key("maxSize").Mistake(
                $"{Size.Format(output.Batch.MaxSize)} is more than buffer.maxSize, {Size.Format(output.Buffer.MaxSize)}",
                "write a smaller one, or a larger buffer.maxSize");
    }

    public static void S3(S3Settings store, Place at)
    {
        if (store.KmsKeyId.Length > 0 && !at.IsAnyWrong("serverSideEncryption") && !store.ServerSideEncryption.StartsWith("aws:kms", StringComparison.Ordinal))
            at.Key("kmsKeyId").Mistake("is allowed with serverSideEncryption aws:kms only", "remove it, or write serverSideEncryption: aws:kms");
        if (store.Bucket.EndsWith("--x-s3", StringComparison.Ordinal) || store.Bucket.EndsWith("--xa-s3", StringComparison.Ordinal))
            at.Key("bucket").Mistake("is the name of a directory bucket (S3 Express One Zone), which the collector does not support", "write the name of a general purpose bucket");
        if (store.Tags.Count > MostTags)
            at.Key("tags").Mistake($"has {store.Tags.Count} tags", $"write at most {MostTags}");
    }

    /// <summary>The endpoint of an emulator in the environment counts if none is configured.</summary>
    public static void GcsEmulator(GcsSettings store, Place at)
    {
        var emulator = at.Variable(GcsSettings.EmulatorVariable);
        if (store.Endpoint.Length == 0 && emulator.Length > 0 && !GcsSettings.TryParseEmulator(emulator, out _))
            at.Key("endpoint").Mistake(
                $"is not written, and the environment variable {GcsSettings.EmulatorVariable} is '{WithoutSecrets.StripUrl(emulator)}', which is not an address",
                "set it to HOST:PORT or a URL, or unset it, or write endpoint");
    }

    public static void AssumeRole(AssumeRoleSettings role, Place at)
    {
        if (role.RoleArn.Length == 0 && (role.ExternalId.Length > 0 || role.SessionName.Length > 0))
            at.Key("roleArn").Mistake("is empty, but other keys of the hop are not", "write the ARN of the role, or remove assumeRole");
    }

    public static void AzureAccount(AzureBlobSettings store, Place at)
    {
        if (store.Account.Length == 0 && !at.IsAnyWrong("authentication", "authentication.type") && store.Identity.Type != AzureIdentityType.ConnectionString)
            at.Key("account").Mistake("is required and missing", "add account: the name of the storage account");
    }

    private static void Unique(IEnumerable<string> names, Place list)
    {
        var known = new HashSet<string>();
        foreach (var (index, name) in names.Index())
        {
            if (IsNameKnown(list.Item(index)) && !known.Add(name))
                list.Item(index).Key("name").Mistake($"two {list.Path} are named {name}", "rename one of them");
        }
    }

    /// <summary>False where a mistake left a stand-in with a name that the user did not write.</summary>
    private static bool IsNameKnown(Place item) => !(item.IsWrong || item.Key("name").IsWrong || item.Key("type").IsWrong);

    /// <summary>
    /// Whether a glob of files can match below a directory. Only the part before the first wildcard is compared; the rest may match
    /// any text, but only as many directories as it has.
    /// </summary>
    private static bool Reaches(string pattern, string directory)
    {
        if (pattern.Length == 0 || directory.Length == 0)
            return false;
        var wildcard = pattern.AsSpan().IndexOfAny("*?[{");
        var end = pattern.LastIndexOf('/', wildcard < 0 ? pattern.Length - 1 : wildcard);
        var (literal, rest) = (pattern[..(end + 1)], pattern[(end + 1)..]);
        var own = directory.TrimEnd('/') + "/";
        var isDeep = rest.Contains('/') || rest.Contains("**", StringComparison.Ordinal);
        return literal.StartsWith(own, StringComparison.Ordinal) || (isDeep && own.StartsWith(literal, StringComparison.Ordinal));
    }
}
