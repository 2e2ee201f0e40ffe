using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Signs requests with a storage account's key: "Authorize with Shared Key" of the Blob service's REST reference, for the versions
/// since 2015-02-21. The SDK's own policy always dates requests by this machine's clock, and the service refuses dates that are a
/// quarter of an hour off; so this signer uses the store's time (S-93).
/// </summary>
internal sealed class SharedKeySigning(string account, byte[] key, ServerClock clock) : HttpPipelineSynchronousPolicy
{
    private const string Scheme = "SharedKey";

    public override void OnSendingRequest(HttpMessage message)
    {
        var request = message.Request;
        request.Headers.SetValue("x-ms-date", clock.UtcNow.ToString("R", CultureInfo.InvariantCulture));
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(ToSign(request)));
        request.Headers.SetValue("Authorization", $"{Scheme} {account}:{Convert.ToBase64String(signature)}");
    }

    private string ToSign(Request request)
    {
        string Value(string name) => request.Headers.TryGetValue(name, out var value) ? value : "";

        string[] fields =
        [
            request.Method.Method,
            "", // Content-Encoding
            "", // Content-Language
            Value("Content-Length") is var length && length == "0" ? "" : length,
            Value("Content-MD5"),
            Value("Content-Type"),
            "", // Date: x-ms-date counts
            "", // If-Modified-Since
            Value("If-Match"),
            Value("If-None-Match"),
            "", // If-Unmodified-Since
            "", // Range
        ];
        return string.Join('\n', fields) + '\n' + CanonicalHeaders(request) + CanonicalResource(request);
    }

    private static string CanonicalHeaders(Request request) => string.Concat(request.Headers
        .Where(header => header.Name.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase))
        .Select(header => (Name: header.Name.ToLowerInvariant(), Value: header.Value.Trim()))
        .OrderBy(header => header.Name, StringComparer.Ordinal)
        .Select(header => $"{header.Name}:{header.Value}\n"));

    /// <summary>The requests here have no query of their own.</summary>
    private string CanonicalResource(Request request) => $"/{account}{request.Uri.ToUri().AbsolutePath}";
}
