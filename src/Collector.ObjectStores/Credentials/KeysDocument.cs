using System.Text.Json;

namespace Collector.ObjectStores.Credentials;

/// <summary>Keys as the agents of a node give them: a JSON object with AccessKeyId, SecretAccessKey, Token and Expiration.</summary>
internal static class KeysDocument
{
    /// <summary>Throws <see cref="CredentialException"/> when it is something else.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="giver">The issuer, for the message.</param>
    /// <param name="principal">The principal of the keys.</param>
    public static AwsKeys Read(string json, string giver, string principal)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            string Given(string name) => CredentialText.Of(root.GetProperty(name).GetString() ?? "", $"{name} of {giver}");

            var (id, secret) = (Given("AccessKeyId"), Given("SecretAccessKey"));
            if (id.Length > 0 && secret.Length > 0)
                return new AwsKeys(id, secret, Given("Token"), root.GetProperty("Expiration").GetDateTimeOffset(), principal);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Without the text, which may hold half of a secret.
            throw Unreadable(giver, e);
        }

        throw Unreadable(giver, null);
    }

    private static CredentialException Unreadable(string giver, Exception? inner) => new($"{giver} answered without readable keys", inner) { IsUnavailable = true };
}
