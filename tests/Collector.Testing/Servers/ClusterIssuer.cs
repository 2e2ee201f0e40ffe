using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Collector.Testing.Servers;

/// <summary>
/// The part of a Kubernetes API server that signs projected service account tokens: claims <c>iss sub aud iat nbf exp</c> and
/// <c>kubernetes.io</c> ("Service account token volume projection").
/// </summary>
public sealed class ClusterIssuer : IDisposable
{
    public RSA Key { get; } = RSA.Create(2048);

    public string Issuer { get; } = "https://oidc.cluster.test/7f3a";

    public string TokenFor(string subject, string audience, DateTimeOffset now, TimeSpan? life = null) => Jwt.Sign(Key, new JsonObject
    {
        ["iss"] = Issuer,
        ["sub"] = subject,
        ["aud"] = new JsonArray(audience),
        ["iat"] = now.ToUnixTimeSeconds(),
        ["nbf"] = now.ToUnixTimeSeconds(),
        ["exp"] = (now + (life ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
    });

    /// <summary>
    /// What a cloud that trusts this cluster finds wrong with a token: one word, null when nothing is. It checks the signature,
    /// issuer, audience, subject and end (RFC 7519 §4.1).
    /// </summary>
    public string? Refuse(string token, string subject, string audience, DateTimeOffset now)
    {
        if (Jwt.Verify(Key, token) is not { } claims)
            return "signature";
        if (claims["iss"]!.GetValue<string>() != Issuer)
            return "issuer";
        if (claims["aud"]!.AsArray().All(given => given!.GetValue<string>() != audience))
            return "audience";
        if (claims["sub"]!.GetValue<string>() != subject)
            return "subject";
        return claims["exp"]!.GetValue<long>() <= now.ToUnixTimeSeconds() ? "expired" : null;
    }

    public void Dispose() => Key.Dispose();
}
