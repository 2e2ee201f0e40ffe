using Collector.Configuration;
using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;

namespace Collector.Hosting;

/// <summary>From the configuration of a store in a cloud to that store's settings.</summary>
internal static class CloudStores
{
    /// <param name="azure">The store.</param>
    /// <param name="keyPrefix">The output's template.</param>
    public static AzureBlobSettings Map(AzureBlobStoreConfiguration azure, string keyPrefix) => new()
    {
        Account = azure.Account,
        Endpoint = azure.Endpoint,
        Container = azure.Container,
        AccessTier = azure.AccessTier,
        ProbePrefix = LiteralStart(keyPrefix),
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

    /// <param name="gcs">The store.</param>
    /// <param name="keyPrefix">The output's template.</param>
    public static GcsSettings Map(GcsStoreConfiguration gcs, string keyPrefix) => new()
    {
        Bucket = gcs.Bucket,
        Endpoint = gcs.Endpoint,
        StorageClass = gcs.StorageClass,
        KmsKey = gcs.KmsKey,
        ProbePrefix = LiteralStart(keyPrefix),
        CaFile = gcs.CaFile,
        Proxy = gcs.Proxy,
        Identity = new GoogleIdentitySettings
        {
            Type = Enum.Parse<GoogleIdentityType>(gcs.Authentication.Type.ToString()),
            CredentialsFile = gcs.Authentication.CredentialsFile,
            AllowNodeIdentity = gcs.Authentication.AllowNodeIdentity,
        },
    };

    /// <summary>What all keys of a template begin with.</summary>
    private static string LiteralStart(string keyPrefix) => keyPrefix.Split('{')[0];

    private static SecretText Map(Secret secret) => new(secret.Value, secret.File);
}
