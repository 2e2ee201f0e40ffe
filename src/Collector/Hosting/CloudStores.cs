using Collector.Configuration;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;

namespace Collector.Hosting;

/// <summary>From the configuration of a store in a cloud to that store's settings.</summary>
internal static class CloudStores
{
    public static AzureBlobSettings Map(AzureBlobStoreConfiguration azure) => new()
    {
        Account = azure.Account,
        Endpoint = azure.Endpoint,
        Container = azure.Container,
        AccessTier = azure.AccessTier,
        CaFile = azure.CaFile,
        Proxy = azure.Proxy,
        Identity = new AzureIdentitySettings
        {
            Type = Enum.Parse<AzureIdentityType>(azure.Authentication.Type.ToString()),
            ClientId = azure.Authentication.ClientId,
            TenantId = azure.Authentication.TenantId,
            TokenFile = azure.Authentication.TokenFile,
            AuthorityHost = azure.Authentication.AuthorityHost,
            AccountKey = Map(azure.Authentication.AccountKey),
            Sas = Map(azure.Authentication.Sas),
            ConnectionString = Map(azure.Authentication.ConnectionString),
        },
    };

    public static GcsSettings Map(GcsStoreConfiguration gcs) => new()
    {
        Bucket = gcs.Bucket,
        Endpoint = gcs.Endpoint,
        StorageClass = gcs.StorageClass,
        KmsKey = gcs.KmsKey,
        CaFile = gcs.CaFile,
        Proxy = gcs.Proxy,
        Identity = new GoogleIdentitySettings
        {
            Type = Enum.Parse<GoogleIdentityType>(gcs.Authentication.Type.ToString()),
            CredentialsFile = gcs.Authentication.CredentialsFile,
            AllowNodeIdentity = gcs.Authentication.AllowNodeIdentity,
        },
    };

    private static SecretText Map(Secret secret) => new(secret.Value, secret.File);
}
