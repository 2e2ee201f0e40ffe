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

    public void Dispose() => Key.Dispose();
}
