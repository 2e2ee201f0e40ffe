using Azure.Core;
using Azure.Storage.Blobs;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>A storage account's key. A key in a file is read again for each request.</summary>
internal sealed class AccountKeyIdentity(string account, Func<string> key, ServerClock clock) : AzureIdentity
{
    public override string Description => $"key of account {account}";

    public override ValueTask PrepareAsync(CancellationToken cancellation)
    {
        Decode();
        return ValueTask.CompletedTask;
    }

    public override ValueTask<BlobClient> OpenAsync(Uri blob, BlobClientOptions options, CancellationToken cancellation)
    {
        options.AddPolicy(new SharedKeySigning(account, Decode(), clock), HttpPipelinePosition.BeforeTransport);
        return ValueTask.FromResult(new BlobClient(blob, options));
    }

    private byte[] Decode()
    {
        try
        {
            return Convert.FromBase64String(key());
        }
        catch (FormatException e)
        {
            throw new CredentialException("the account key is not base64: copy the whole key again", e);
        }
    }
}
