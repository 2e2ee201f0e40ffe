using System.Text.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>Keys as the agents of a node give them: a JSON object with AccessKeyId, SecretAccessKey, Token and Expiration.</summary>
internal static class KeysDocument
{
    /// <summary>Throws <see cref="CredentialException"/> when it is something else.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="giver">Who gave it, for the message.</param>
    /// <param name="principal">As whom the keys act.</param>
    public static AwsKeys Read(string json, string giver, string principal)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return new AwsKeys(
                root.GetProperty("AccessKeyId").GetString()!,
                root.GetProperty("SecretAccessKey").GetString()!,
                root.GetProperty("Token").GetString()!,
                root.GetProperty("Expiration").GetDateTimeOffset(),
                principal);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Never with the text: it may hold half of a secret.
            throw new CredentialException($"{giver} gave no keys that can be read", e) { IsUnavailable = true };
        }
    }
}
