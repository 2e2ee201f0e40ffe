namespace Collector.ObjectStores.Credentials;

/// <summary>An access token for a while.</summary>
/// <param name="Value">A secret.</param>
/// <param name="Expiry">Its end, by our own clock.</param>
/// <param name="Principal">As whom it acts, where its giver says so; else empty.</param>
internal sealed record AccessToken(string Value, DateTimeOffset Expiry, string Principal = "")
{
    /// <summary>Without the secret, which a generated one would print.</summary>
    public override string ToString() => $"token of {Principal} until {Expiry:O}";
}
