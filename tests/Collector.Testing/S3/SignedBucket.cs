using System.Web;
using Collector.Testing.Servers;

namespace Collector.Testing.S3;

/// <summary>
/// A bucket with one object, for readers whose keys it knows: ListObjectsV2 and GetObject with the bucket in the path. Each request's
/// signature and session token are verified.
/// </summary>
public sealed class SignedBucket
{
    public const string Name = "logs";

    private const string ETag = "\"0123456789abcdef0123456789abcdef\"";

    private readonly string _key;
    private readonly string _body;
    private readonly SignatureV4 _signatures;

    /// <param name="key">Of letters that stand in a URL and in XML as they are.</param>
    /// <param name="body">The object's.</param>
    public SignedBucket(string key, string body)
    {
        (_key, _body) = (key, body);
        _signatures = new SignatureV4(Keys, TimeProvider.System);
    }

    /// <summary>Whose requests are answered.</summary>
    public S3Keys Keys { get; } = new();

    public Answer Serve(ReceivedRequest request)
    {
        var target = request.Target.Split('?', 2);
        var query = target.Length > 1 ? target[1] : "";
        if (_signatures.Refuse(new SignedRequest(request.Method, target[0], Canonical(query), request.Headers)) is { } refusal)
            return Answer.S3(refusal.Status, refusal.Code, refusal.Message);

        return (request.Method, target[0].TrimEnd('/')) switch
        {
            ("GET", $"/{Name}") when HttpUtility.ParseQueryString(query) is var asked && asked["list-type"] == "2" => List(asked["prefix"] ?? "", asked["delimiter"] ?? ""),
            ("GET", var path) when path == $"/{Name}/{_key}" => new Answer(200, _body, ("ETag", ETag)),
            _ => Answer.S3(404, "NoSuchKey"),
        };
    }

    /// <summary>By name, each with a value.</summary>
    private static string Canonical(string query) =>
        string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Contains('=', StringComparison.Ordinal) ? part : part + "=").Order(StringComparer.Ordinal));

    private Answer List(string prefix, string delimiter)
    {
        var isIn = _key.StartsWith(prefix, StringComparison.Ordinal);
        var end = isIn && delimiter.Length > 0 ? _key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal) : -1;
        var found = !isIn ? ""
            : end >= 0 ? $"<CommonPrefixes><Prefix>{_key[..(end + delimiter.Length)]}</Prefix></CommonPrefixes>"
            : $"<Contents><Key>{_key}</Key><LastModified>2026-11-29T10:05:00.000Z</LastModified><ETag>{ETag}</ETag><Size>{_body.Length}</Size></Contents>";
        return new Answer(
            200,
            $"<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{Name}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>",
            ("Content-Type", "application/xml"));
    }
}
