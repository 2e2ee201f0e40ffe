using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Signs requests with a storage account's key: "Authorize with Shared Key" of the Blob service's REST reference, for the
/// versions since 2015-02-21. The time is the store's (S-93): it refuses what is a quarter of an hour away.
/// </summary>
internal sealed class SharedKey(string account, Func<string> key, ServerClock clock) : RequestAuthorization
{
    private const string Scheme = "SharedKey";

    public override string Description => $"key of account {account}";

    public override ValueTask PrepareAsync(CancellationToken cancellation)
    {
        Decode(key());
        return ValueTask.CompletedTask;
    }

    public override ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        request.Headers.TryAddWithoutValidation("x-ms-date", clock.UtcNow.ToString("R", CultureInfo.InvariantCulture));
        var signature = HMACSHA256.HashData(Decode(key()), Encoding.UTF8.GetBytes(ToSign(request)));
        request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, $"{account}:{Convert.ToBase64String(signature)}");
        return ValueTask.CompletedTask;
    }

    private static byte[] Decode(string key)
    {
        try
        {
            return Convert.FromBase64String(key);
        }
        catch (FormatException e)
        {
            throw new CredentialException("the account key is no base 64: copy it again, whole", e);
        }
    }

    private string ToSign(HttpRequestMessage request)
    {
        var content = request.Content?.Headers;
        var length = content?.ContentLength is { } bytes and > 0 ? bytes.ToString(CultureInfo.InvariantCulture) : "";
        string[] fields =
        [
            request.Method.Method,
            "", // Content-Encoding
            "", // Content-Language
            length,
            Value(content, "Content-MD5"),
            Value(content, "Content-Type"),
            "", // Date: x-ms-date counts
            "", // If-Modified-Since
            Value(request.Headers, "If-Match"),
            Value(request.Headers, "If-None-Match"),
            "", // If-Unmodified-Since
            "", // Range
        ];
        return string.Join('\n', fields) + '\n' + CanonicalHeaders(request.Headers) + CanonicalResource(request.RequestUri!);
    }

    private static string CanonicalHeaders(HttpRequestHeaders headers) => string.Concat(headers
        .Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase))
        .Select(header => (Name: header.Key.ToLowerInvariant(), Value: string.Join(',', header.Value).Trim()))
        .OrderBy(header => header.Name, StringComparer.Ordinal)
        .Select(header => $"{header.Name}:{header.Value}\n"));

    /// <summary>The requests here have no query of their own.</summary>
    private string CanonicalResource(Uri uri) => $"/{account}{uri.AbsolutePath}";

    private static string Value(HttpHeaders? headers, string name) =>
        headers is not null && headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : "";
}
