using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Collector.Testing.S3;

/// <summary>
/// Verifies signatures of version 4, written from "Authenticating Requests: Using the Authorization Header" in the Amazon S3
/// API Reference: the canonical request from what arrived, the string to sign, the derived key. Strict where the page is: host
/// and every x-amz-* header must be signed, the date must be within 15 minutes of the server's.
/// </summary>
internal sealed class SignatureV4(S3Keys keys, TimeProvider clock, string service = "s3")
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private static readonly TimeSpan LargestSkew = TimeSpan.FromMinutes(15);

    /// <summary>Null when the request may pass.</summary>
    public S3Refusal? Refuse(SignedRequest request)
    {
        if (!Credential.TryParse(request["authorization"], service, out var given))
            return S3Refusal.Malformed;
        if (!DateTimeOffset.TryParseExact(request["x-amz-date"], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            || date.ToString("yyyyMMdd", CultureInfo.InvariantCulture) != given.Date)
            return S3Refusal.Malformed;
        if ((date - clock.GetUtcNow()).Duration() > LargestSkew)
            return S3Refusal.Skewed;
        if (keys.Find(given.KeyId) is not { } key)
            return S3Refusal.UnknownKey;
        if (!string.Equals(key.Token, request["x-amz-security-token"], StringComparison.Ordinal))
            return S3Refusal.BadToken;
        if (key.End < clock.GetUtcNow())
            return S3Refusal.ExpiredToken;
        return Sign(request, given, key.Secret) == given.Signature && IsAllSigned(request, given) ? null : S3Refusal.WrongSignature;
    }

    /// <summary>The signature that the request must have.</summary>
    internal static string Sign(SignedRequest request, Credential given, string secret)
    {
        var canonical = string.Join('\n',
            request.Method,
            CanonicalPath(request.Path),
            request.Query,
            string.Concat(given.SignedHeaders.Select(name => $"{name}:{Squeeze(request[name])}\n")),
            string.Join(';', given.SignedHeaders),
            request.PayloadHash);
        var toSign = $"{Algorithm}\n{request["x-amz-date"]}\n{given.Scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in given.Scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }

    private static bool IsAllSigned(SignedRequest request, Credential given) =>
        given.SignedHeaders.Contains("host") && request.Headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).All(given.SignedHeaders.Contains);

    /// <summary>Every byte but the unreserved ones and the slash as %XY, in capitals, once.</summary>
    private static string CanonicalPath(string path)
    {
        var canonical = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(Uri.UnescapeDataString(path)))
        {
            canonical = char.IsAsciiLetterOrDigit((char)b) || "-._~/".Contains((char)b) ? canonical.Append((char)b) : canonical.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return canonical.ToString();
    }

    private static string Squeeze(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>What the Authorization header says.</summary>
    internal sealed record Credential(string KeyId, string Scope, string[] SignedHeaders, string Signature)
    {
        public string Date => Scope.Split('/')[0];

        public static bool TryParse(string header, string service, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Credential? credential)
        {
            credential = null;
            var parts = header.StartsWith(Algorithm + " ", StringComparison.Ordinal)
                ? header[Algorithm.Length..].Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal)
                : [];
            if (!parts.TryGetValue("Credential", out var name) || !parts.TryGetValue("SignedHeaders", out var headers) || !parts.TryGetValue("Signature", out var signature))
                return false;
            var scope = name.Split('/', 2);
            if (scope.Length != 2 || scope[1].Split('/') is not [_, { Length: > 0 }, var called, "aws4_request"] || called != service)
                return false;
            credential = new Credential(scope[0], scope[1], headers.Split(';'), signature);
            return true;
        }
    }
}

/// <summary>What of a request a signature covers. <paramref name="Headers"/> have lower-case names.</summary>
internal sealed record SignedRequest(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>S3 has a header for it; for other services it is of the body, which they always read whole.</summary>
    public string PayloadHash { get => field ?? this["x-amz-content-sha256"]; init; }

    /// <summary>As it came over the wire.</summary>
    public static SignedRequest Of(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        return new SignedRequest(
            context.Request.Method,
            target[0],
            target.Length > 1 ? target[1] : "",
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal));
    }

    /// <summary>A header's value; empty when it is not there.</summary>
    public string this[string name] => Headers.TryGetValue(name, out var value) ? value : "";
}
