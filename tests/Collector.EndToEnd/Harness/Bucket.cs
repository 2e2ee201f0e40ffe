using Collector.Testing.Node;
using Collector.Testing.Oracle;
using Collector.Testing.S3;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>A bucket of s3rver, which keeps it in a directory, and the strict endpoint that leads to it.</summary>
internal sealed class Bucket(StrictS3 endpoint, string name, string objects) : IDisposable
{
    public StrictS3 Endpoint { get; } = endpoint;

    public string Name { get; } = name;

    /// <summary>The server that keeps it, which lists and gives to anybody.</summary>
    public required Uri Behind { get; init; }

    /// <summary>The directory that holds it; names of objects end in <see cref="S3Rver.ObjectSuffix"/>.</summary>
    public string Objects { get; } = objects;

    /// <summary>In order.</summary>
    public IReadOnlyList<string> Keys =>
    [
        .. StoredRecords.Keys(Objects).Where(k => k.EndsWith(S3Rver.ObjectSuffix, StringComparison.Ordinal)).Select(k => k[..^S3Rver.ObjectSuffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Those of the catalog, too.</summary>
    public IReadOnlyList<string> AllKeys => [.. Keys.Concat(StoredRecords.CatalogKeys(Objects).Where(k => k.EndsWith(S3Rver.ObjectSuffix, StringComparison.Ordinal)).Select(k => k[..^S3Rver.ObjectSuffix.Length])).Order(StringComparer.Ordinal)];

    /// <summary>An output of this bucket.</summary>
    /// <param name="more">Further keys of the output, in flow style.</param>
    /// <param name="store">Further keys of the store.</param>
    public OutputYaml Output(
        string more = "", string name = "default", string batch = "maxAge: 300ms", string retry = "minBackoff: 50ms, maxBackoff: 500ms, attemptTimeout: 20s", string store = "", string? authentication = null) =>
        new(name, Batch: batch, More: more, Store: Store(store, authentication), Retry: retry);

    /// <summary>The decoded <c>log</c>s of all objects, in key order.</summary>
    public IReadOnlyList<string> Texts() => [.. Keys.SelectMany(key => StoredRecords.LinesOfFile(PathOf(key), key)).Select(StoredRecords.TextOf)];

    public string PathOf(string key) => Path.Combine(Objects, key) + S3Rver.ObjectSuffix;

    /// <summary>The bucket against the ledger; nothing may be wrong with it, nor with what was sent.</summary>
    public OracleReport AssertHolds(Ledger ledger, OracleOptions? options = null)
    {
        OracleReport report = ObjectOracle.Check(Objects, ledger, (options ?? new OracleOptions()) with { Node = Stage.NodeName, Suffix = S3Rver.ObjectSuffix });
        Assert.True(report.IsClean, report.ToString());
        AssertHonest();
        return report;
    }

    /// <summary>Nothing but PUT was asked for, and no key was put with two bodies.</summary>
    public void AssertHonest() => Assert.Empty(Endpoint.Tally.Violations);

    public void Dispose() => Endpoint.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private string Store(string more, string? authentication) =>
        $"{{type: s3, bucket: {Name}, region: us-east-1, endpoint: '{Endpoint.Endpoint}', forcePathStyle: true, "
        + $"authentication: {{{authentication ?? $"type: accessKey, accessKeyId: {S3Rver.AccessKey}, secretAccessKey: {S3Rver.AccessKey}"}}}{(more.Length > 0 ? ", " + more : "")}}}";
}
