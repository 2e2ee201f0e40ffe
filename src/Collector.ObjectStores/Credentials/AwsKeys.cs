namespace Collector.ObjectStores.Credentials;

/// <summary>The keys that sign requests to AWS.</summary>
/// <param name="AccessKeyId">Not a secret; AWS logs it.</param>
/// <param name="Secret">The secret access key.</param>
/// <param name="Token">The session token of temporary keys, else empty.</param>
/// <param name="Expiry">When temporary keys end.</param>
/// <param name="Principal">The principal of the keys, if the issuer names it: an ARN; else empty.</param>
internal sealed record AwsKeys(string AccessKeyId, string Secret, string Token, DateTimeOffset? Expiry, string Principal)
{
    /// <summary>Without the secrets, which the generated method would print.</summary>
    public override string ToString() => Principal.Length > 0 ? $"{Principal} (access key {AccessKeyId})" : $"access key {AccessKeyId}";
}
