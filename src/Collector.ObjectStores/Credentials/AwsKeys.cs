namespace Collector.ObjectStores.Credentials;

/// <summary>What requests to AWS are signed with.</summary>
/// <param name="AccessKeyId">Not a secret; AWS logs it.</param>
/// <param name="Secret">The secret access key.</param>
/// <param name="Token">The session token of temporary keys, else empty.</param>
/// <param name="Expiry">When temporary keys end.</param>
/// <param name="Principal">As whom they act, where the giver says so: an ARN; else empty.</param>
internal sealed record AwsKeys(string AccessKeyId, string Secret, string Token, DateTimeOffset? Expiry, string Principal)
{
    /// <summary>Without the secrets, which a generated one would print.</summary>
    public override string ToString() => Principal.Length > 0 ? $"{Principal} (access key {AccessKeyId})" : $"access key {AccessKeyId}";
}
