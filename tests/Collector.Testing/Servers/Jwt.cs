using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Collector.Testing.Servers;

/// <summary>JSON web tokens, signed RS256 (RFC 7515, 7519): what clusters and clouds hand out, made with a key of the test.</summary>
public static class Jwt
{
    public static string Sign(RSA key, JsonObject claims, string keyId = "test")
    {
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = keyId };
        var signed = $"{Part(header)}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>The claims; null when it is no token, or not signed with this key.</summary>
    public static JsonObject? Verify(RSA key, string token)
    {
        var parts = token.Split('.');
        try
        {
            return parts.Length == 3
                && JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))?["alg"]?.GetValue<string>() == "RS256"
                && key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                ? JsonNode.Parse(Base64Url.DecodeFromChars(parts[1])) as JsonObject
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The header of a token that was verified.</summary>
    public static JsonObject Header(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!.AsObject();

    private static string Part(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
