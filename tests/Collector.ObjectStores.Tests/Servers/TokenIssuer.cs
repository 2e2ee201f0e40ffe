using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Collector.ObjectStores.Tests.Servers;

/// <summary>
/// A cluster's OIDC provider: issues service account tokens (JWT, RS256) as the API server does, and checks them as the clouds
/// do: signature, issuer, audience, subject, time (RFC 7519; "Service Account Token Volume Projection").
/// </summary>
internal sealed class TokenIssuer(TimeProvider clock) : IDisposable
{
    public const string Issuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/TEST";
    public const string Subject = "system:serviceaccount:logging:collector";

    private readonly RSA _key = RSA.Create(2048);

    public string Issue(string audience, TimeSpan life, string subject = Subject, string issuer = Issuer)
    {
        var now = clock.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["iss"] = issuer,
            ["sub"] = subject,
            ["aud"] = new[] { audience },
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + life).ToUnixTimeSeconds(),
        };
        var signed = $"{Encode("{\"alg\":\"RS256\",\"kid\":\"1\"}"u8)}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>What is wrong with a token; null when nothing is.</summary>
    public string? Refuse(string token, string audience)
    {
        if (token.Split('.') is not [var head, var payload, var signature])
            return "malformed";
        if (!_key.VerifyData(Encoding.ASCII.GetBytes($"{head}.{payload}"), Decode(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return "signature";
        using var claims = JsonDocument.Parse(Decode(payload));
        var root = claims.RootElement;
        if (root.GetProperty("iss").GetString() != Issuer)
            return "issuer";
        if (root.GetProperty("aud").EnumerateArray().All(a => a.GetString() != audience))
            return "audience";
        if (root.GetProperty("sub").GetString() != Subject)
            return "subject";
        return root.GetProperty("exp").GetInt64() <= clock.GetUtcNow().ToUnixTimeSeconds() ? "expired" : null;
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
