namespace Collector.ObjectStores.Credentials;

/// <summary>The keys in an answer of STS.</summary>
internal static class StsAnswer
{
    /// <summary>Null when the answer has no keys: another server listens there, or the answer is incomplete.</summary>
    /// <param name="given">Null in an answer of another form.</param>
    /// <param name="arn">The principal of the keys; S3-compatible stores do not always name it.</param>
    public static AwsKeys? ToKeys(Amazon.SecurityToken.Model.Credentials? given, string? arn) =>
        given is { AccessKeyId.Length: > 0, SecretAccessKey.Length: > 0 }
            ? new AwsKeys(
                CredentialText.Of(given.AccessKeyId, "AccessKeyId of STS"),
                CredentialText.Of(given.SecretAccessKey, "SecretAccessKey of STS"),
                CredentialText.Of(given.SessionToken ?? "", "SessionToken of STS"),
                given.Expiration is { } end ? new DateTimeOffset(end.ToUniversalTime(), TimeSpan.Zero) : null,
                arn ?? "")
            : null;
}
