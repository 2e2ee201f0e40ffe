using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Collector.Testing.Gcs;

/// <summary>What an upload asks for in its query.</summary>
public sealed record GcsInsert(string Name, string IfGenerationMatch, string KmsKeyName);

/// <summary>An object as it was stored.</summary>
public sealed record GcsObject(
    string Name, long Generation, byte[] Body, string ContentType, IReadOnlyDictionary<string, string> Metadata, string StorageClass, string KmsKeyName)
{
    public DateTime Updated { get; } = DateTime.UtcNow;
}

/// <summary>The bucket of <see cref="GcsServer"/> and the rules for what comes into it.</summary>
public sealed partial class GcsBucket
{
    public const string Name = "logs-of-a-test";

    private const int MostNameBytes = 1024;
    private static readonly string[] Properties = ["bucket", "name", "contentType", "crc32c", "md5Hash", "metadata", "storageClass"];
    private static readonly string[] StorageClasses = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GcsObject> _objects = new(StringComparer.Ordinal);
    private long _generation = 1_700_000_000_000_000;

    /// <summary>Whether the identity has <c>storage.objects.delete</c>, too, which overwriting needs.</summary>
    public bool MayOverwrite { get; set; } = true;

    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    public GcsObject? Find(string name)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(name);
        }
    }

    /// <summary><c>objects.list</c>: a page in the order of names; <c>startOffset</c> includes what it names, a delimiter cuts names behind the prefix.</summary>
    internal JsonObject List(IQueryCollection query)
    {
        const int PageSize = 1000;
        var (prefix, delimiter, start, after) = ($"{query["prefix"]}", $"{query["delimiter"]}", $"{query["startOffset"]}", $"{query["pageToken"]}");
        var (items, prefixes, next) = (new JsonArray(), new JsonArray(), (string?)null);
        foreach (var name in Names.Order(StringComparer.Ordinal).Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(n, start) >= 0 && string.CompareOrdinal(n, after) > 0))
        {
            var cut = delimiter.Length > 0 ? name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) : -1;
            var told = cut < 0 ? name : name[..(cut + delimiter.Length)];
            if (prefixes.Count > 0 && prefixes[^1]!.GetValue<string>() == told)
            {
                next = name;
                continue;
            }

            if (items.Count + prefixes.Count == PageSize)
                return Page(next);
            (cut < 0 ? items : prefixes).Add(cut < 0 ? Item(name) : told);
            next = name;
        }

        return Page(null);

        JsonObject Item(string name) => new() { ["name"] = name, ["size"] = $"{Find(name)!.Body.Length}", ["updated"] = Find(name)!.Updated.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };

        JsonObject Page(string? token)
        {
            var page = new JsonObject { ["kind"] = "storage#objects", ["items"] = items, ["prefixes"] = prefixes };
            if (token is not null)
                page["nextPageToken"] = token;
            return page;
        }
    }

    /// <summary>Refuses what could not be inserted now.</summary>
    internal void Check(GcsInsert insert, JsonObject resource)
    {
        if (Encoding.UTF8.GetByteCount(insert.Name) is 0 or > MostNameBytes || insert.Name is "." or ".." || insert.Name.AsSpan().ContainsAny("\r\n"))
            throw new GcsException(400, "invalid", "Invalid object name.");
        if (resource["name"] is { } name && name.GetValue<string>() != insert.Name)
            throw new GcsException(400, "invalid", "The name parameter doesn't match the object name.");
        if (resource["bucket"] is { } bucket && bucket.GetValue<string>() != Name)
            throw new GcsException(400, "invalid", "The bucket parameter doesn't match the object's bucket.");
        if (resource.Select(property => property.Key).Except(Properties).FirstOrDefault() is { } unknown)
            throw new GcsException(400, "parseError", $"Unknown property {unknown}");
        if (resource["storageClass"] is { } storageClass && !StorageClasses.Contains(storageClass.GetValue<string>()))
            throw new GcsException(400, "invalid", "Invalid argument: storageClass.");
        if (insert.KmsKeyName.Length > 0 && !KmsKey().IsMatch(insert.KmsKeyName))
            throw new GcsException(400, "invalid", $"Malformed Cloud KMS crypto key: {insert.KmsKeyName}");
        CheckCondition(insert);
    }

    internal GcsObject Insert(GcsInsert insert, JsonObject resource, byte[] body)
    {
        lock (_gate)
        {
            Check(insert, resource);
            if (resource["crc32c"]?.GetValue<string>() is { } given && given != Crc32C(body))
                throw new GcsException(400, "invalid", $"Provided CRC32C \"{given}\" doesn't match calculated CRC32C \"{Crc32C(body)}\".");

            var metadata = (resource["metadata"] as JsonObject)?.ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>()) ?? [];
            return _objects[insert.Name] = new GcsObject(
                insert.Name, ++_generation, body, resource["contentType"]?.GetValue<string>() ?? "application/octet-stream", metadata,
                resource["storageClass"]?.GetValue<string>() ?? "STANDARD", insert.KmsKeyName);
        }
    }

    private void CheckCondition(GcsInsert insert)
    {
        var there = Find(insert.Name);
        if (insert.IfGenerationMatch.Length > 0 && insert.IfGenerationMatch != $"{there?.Generation ?? 0}")
            throw new GcsException(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        if (there is not null && !MayOverwrite)
            throw new GcsException(403, "forbidden", "collector@p.iam.gserviceaccount.com does not have storage.objects.delete access to the Google Cloud Storage object.");
    }

    /// <summary>In the API's spelling.</summary>
    public static string Crc32C(byte[] body)
    {
        var crc = uint.MaxValue;
        foreach (var octet in body)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ~crc);
        return Convert.ToBase64String(bytes);
    }

    [GeneratedRegex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$")]
    private static partial Regex KmsKey();
}
