using Azure.Core;
using Azure.Storage.Blobs;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>A storage account's key. A key in a file is read again for each request.</summary>
internal sealed class AccountKeyIdentity(string account, Func<CancellationToken, ValueTask<string>> key, ServerClock clock) : AzureIdentity
{
    public override string Description => $"key of account {account}";

    public override async ValueTask PrepareAsync(CancellationToken cancellation) => await ReadAsync(cancellation).ConfigureAwait(false);

    public override async ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation)
    {
        options.AddPolicy(new SharedKeySigning(account, await ReadAsync(cancellation).ConfigureAwait(false), clock), HttpPipelinePosition.BeforeTransport);
        return new BlobClient(blob, options);
    }

    private async ValueTask<byte[]> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return Convert.FromBase64String(await key(cancellation).ConfigureAwait(false));
        }
        catch (FormatException e)
        {
            throw new CredentialException("the account key is not base64: copy the whole key again", e);
        }
    }
}
