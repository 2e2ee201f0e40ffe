namespace Collector.ObjectStores.Credentials;

/// <summary>Keys as STS gives them.</summary>
internal static class StsAnswer
{
    public static AwsKeys ToKeys(Amazon.SecurityToken.Model.Credentials given, string? arn) => new(
        given.AccessKeyId,
        given.SecretAccessKey,
        given.SessionToken ?? "",
        given.Expiration is { } end ? new DateTimeOffset(end.ToUniversalTime(), TimeSpan.Zero) : null,
        arn ?? "");
}
