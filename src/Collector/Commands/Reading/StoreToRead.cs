using System.Diagnostics.CodeAnalysis;
using Collector.Configuration;
using Collector.Hosting;
using Collector.ObjectStores;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.FileSystem;
using Collector.ObjectStores.Gcs;
using Collector.ObjectStores.S3;
using Collector.Reading.Layout;

namespace Collector.Commands.Reading;

/// <summary>The store to read from: a URL, or the store of a configured output; and the layout of its keys.</summary>
internal sealed record StoreToRead(IObjectReader Reader, KeyLayout Layout)
{
    /// <param name="from">The URL; null: the configuration's.</param>
    /// <param name="keyPrefix">A template in place of the default, for a URL.</param>
    /// <param name="config">The configuration's file.</param>
    /// <param name="output">Which of its outputs; null: the only one.</param>
    /// <param name="store">The store, if all options are valid.</param>
    /// <param name="error">Else what is wrong.</param>
    /// <param name="catalog">The place of the catalog; empty: the configured one, or beside the objects.</param>
    public static bool TryOpen(string? from, string? keyPrefix, string config, string? output, [NotNullWhen(true)] out StoreToRead? store, out string error, string catalog = "")
    {
        store = null;
        IObjectReader? reader;
        string place, template;
        if (from is not null)
        {
            template = keyPrefix ?? KeyLayout.Default;
            if (output is not null)
                return Fails("--from and --output exclude each other: --output names an output of a configuration (--config FILE)", out error);
            if (!TryParse(from, template, out reader, out place, out error))
                return false;
        }
        else
        {
            if (!TryFind(config, output, out var configured, out error))
                return false;
            (reader, place, template) = (StoreMapping.CreateReader(configured), "", keyPrefix ?? configured.GetKeyTemplate().Text);
            catalog = catalog.Length > 0 ? catalog : configured.Catalog.Prefix;
        }

        if (!KeyLayout.TryParse(template, place, out var layout, out error, catalog))
            return Fails($"--key-prefix: {error}", out error);
        store = new StoreToRead(reader, layout);
        return true;
    }

    private static bool TryFind(string config, string? name, [NotNullWhen(true)] out OutputConfiguration? output, out string error)
    {
        output = null;
        var (configuration, mistakes) = ConfigurationFile.Load(config);
        if (configuration is null)
            return Fails($"The store to read from is not known, because {mistakes[0]}; give --from URL (s3://bucket, azblob://account/container, gs://bucket, file:///dir), or a configuration with --config FILE", out error);

        var names = string.Join(", ", configuration.Outputs.Select(one => one.Name));
        output = name is null && configuration.Outputs.Count == 1 ? configuration.Outputs[0] : configuration.Outputs.FirstOrDefault(one => one.Name == name);
        return output is not null
            ? Fails("", out error) || true
            : Fails(name is null ? $"{config} has several outputs; give --output with one of {names}" : $"{config} has no output '{name}'; give --output with one of {names}", out error);
    }

    private static bool TryParse(string from, string template, [NotNullWhen(true)] out IObjectReader? reader, out string place, out string error)
    {
        (reader, place) = (null, "");
        if (from.Length == 0)
            return Fails("--from is empty; write s3://bucket/prefix, azblob://account/container/prefix, gs://bucket/prefix or file:///dir", out error);
        if (!from.Contains("://", StringComparison.Ordinal))
            return TryDirectory(Path.GetFullPath(from), template, out reader, out error);
        if (!Uri.TryCreate(from, UriKind.Absolute, out var url))
            return Fails($"--from: {from} is not a URL; write s3://bucket/prefix, azblob://account/container/prefix, gs://bucket/prefix or file:///dir", out error);

        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)))
        {
            if (!query.TryAdd(Uri.UnescapeDataString(part[0]), part.Length > 1 ? Uri.UnescapeDataString(part[1]) : ""))
                return Fails($"--from: the option '{Uri.UnescapeDataString(part[0])}' is given twice; write it once", out error);
        }

        string[] known = url.Scheme switch { "s3" => ["region", "endpoint", "pathStyle", "caFile", "proxy"], "azblob" or "gs" => ["endpoint", "caFile", "proxy"], _ => [] };
        if (query.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.Ordinal)) is { } unknown)
            return Fails($"--from: '{unknown}' is not an option of {url.Scheme}://{(known.Length > 0 ? $"; write {string.Join(", ", known)}" : "")}", out error);

        string Given(string key) => query.GetValueOrDefault(key, "");
        var path = Uri.UnescapeDataString(url.AbsolutePath).Trim('/');
        switch (url.Scheme)
        {
            case "file" when url.Host is "" or "localhost":
                return TryDirectory(url.LocalPath, template, out reader, out error);
            case "gs" when url.Host.Length > 0:
                reader = new GcsObjectReader(new GcsSettings { Bucket = BucketOf(from), Endpoint = Given("endpoint"), CaFile = Given("caFile"), Proxy = Given("proxy") });
                place = path;
                break;
            case "s3" when url.Host.Length > 0:
                reader = new S3ObjectReader(new S3Settings
                {
                    Bucket = BucketOf(from),
                    Region = Given("region"),
                    Endpoint = Given("endpoint"),
                    ForcePathStyle = Given("pathStyle") == "true",
                    CaFile = Given("caFile"),
                    Proxy = Given("proxy"),
                });
                place = path;
                break;
            case "azblob" when url.Host.Length > 0 && path.Length > 0:
                var parts = path.Split('/', 2);
                reader = new AzureBlobObjectReader(new AzureBlobSettings { Account = url.Host, Container = parts[0], Endpoint = Given("endpoint"), CaFile = Given("caFile"), Proxy = Given("proxy"), Identity = new AzureIdentitySettings() });
                place = parts.Length > 1 ? parts[1] : "";
                break;
            default:
                return Fails($"--from: {from.Split('?')[0]} is not a supported URL; write s3://bucket/prefix, azblob://account/container/prefix, gs://bucket/prefix or file:///dir", out error);
        }

        error = "";
        return true;
    }

    /// <summary>As it was written, because a URL's host loses its case.</summary>
    private static string BucketOf(string from) => from[(from.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/', '?')[0];

    /// <summary>The directory may be the store's, or the one in it that the template begins with.</summary>
    private static bool TryDirectory(string path, string template, [NotNullWhen(true)] out IObjectReader? reader, out string error)
    {
        path = Path.TrimEndingDirectorySeparator(path);
        var literal = template.Split('{')[0];
        var below = literal[..Math.Max(0, literal.LastIndexOf('/'))];
        var isBelow = below.Length > 0 && path.EndsWith("/" + below, StringComparison.Ordinal) && !Directory.Exists(Path.Combine(path, below));
        reader = new DirectoryReader(isBelow ? path[..^(below.Length + 1)] : path);
        error = "";
        return true;
    }

    private static bool Fails(string why, out string error)
    {
        error = why;
        return false;
    }
}
