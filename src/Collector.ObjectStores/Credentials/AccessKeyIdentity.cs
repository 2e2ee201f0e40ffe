namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Keys from the configuration. Files are read at each use, because they are small and a rotated key must count at once.
/// </summary>
internal sealed class AccessKeyIdentity(Secret accessKeyId, Secret secret, Secret token, string source) : AwsIdentity
{
    private volatile string _lastId = accessKeyId.Value;

    public override string Description => _lastId.Length > 0 ? $"access key {_lastId} ({source})" : $"access key ({source})";

    public override async ValueTask<AwsKeys> GetAsync(CancellationToken cancellation)
    {
        var keys = new AwsKeys(
            await accessKeyId.ReadAsync("accessKeyId", cancellation).ConfigureAwait(false),
            await secret.ReadAsync("secretAccessKey", cancellation).ConfigureAwait(false),
            await token.ReadAsync("sessionToken", cancellation).ConfigureAwait(false),
            null,
            "");
        _lastId = keys.AccessKeyId;
        return keys;
    }
}
