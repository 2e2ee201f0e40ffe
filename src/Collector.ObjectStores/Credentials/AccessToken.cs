namespace Collector.ObjectStores.Credentials;

/// <summary>An access token for a while.</summary>
/// <param name="Value">A secret.</param>
/// <param name="Expiry">Its expiry, by our own clock.</param>
/// <param name="Principal">The principal that it acts as, if its issuer says so; else empty.</param>
internal sealed record AccessToken(string Value, DateTimeOffset Expiry, string Principal = "")
{
    /// <summary>Without the secret, which the generated method would print.</summary>
    public override string ToString() => $"token of {Principal} until {Expiry:O}";
}
