using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.S3;
using Collector.Testing.S3;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>S3 stores as tests need them: nothing comes from this process's environment.</summary>
internal static class Stores
{
    public static S3Settings Settings(Uri endpoint, string bucket) => new()
    {
        Bucket = bucket,
        Endpoint = endpoint.OriginalString,
        ForcePathStyle = true,
        Identity = Keys(S3Rver.AccessKey, S3Rver.AccessKey),
    };

    public static AwsIdentitySettings Keys(string id, string secret) => new()
    {
        Type = AwsIdentityType.AccessKey,
        AccessKeyId = new Secret(id, ""),
        SecretAccessKey = new Secret(secret, ""),
    };

    public static S3ObjectStore Open(S3Settings settings, TimeProvider? clock = null, IReadOnlyDictionary<string, string>? environment = null) =>
        new(settings, name => environment?.GetValueOrDefault(name), clock ?? TimeProvider.System);
}
