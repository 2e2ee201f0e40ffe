using Collector.Configuration.Binding;
using Collector.ObjectStores.Credentials;

namespace Collector.Configuration;

/// <summary>
/// A key that the authentication type does not use is a mistake: a configured identity that is ignored would surprise.
/// </summary>
internal static class AuthenticationChecks
{
    public static void S3(AwsIdentitySettings identity, Place at)
    {
        var (isKey, isWeb) = (identity.Type is AwsIdentityType.AccessKey, identity.Type is AwsIdentityType.Auto or AwsIdentityType.WebIdentity);
        Secret(at, "accessKeyId", identity.AccessKeyId, isKey, "accessKey");
        Secret(at, "secretAccessKey", identity.SecretAccessKey, isKey, "accessKey");
        Only(at, KeyOf("sessionToken", identity.SessionToken), identity.SessionToken.IsGiven, isKey, "accessKey");
        Only(at, "roleArn", identity.RoleArn.Length > 0, isWeb, "webIdentity");
        Only(at, "tokenFile", identity.TokenFile.Length > 0, isWeb, "webIdentity");
        Only(at, "sessionName", identity.SessionName.Length > 0, isWeb, "webIdentity");
    }

    public static void Azure(AzureIdentitySettings identity, Place at)
    {
        var isWorkload = identity.Type is AzureIdentityType.Auto or AzureIdentityType.WorkloadIdentity;
        Only(at, "clientId", identity.ClientId.Length > 0, isWorkload || identity.Type is AzureIdentityType.ManagedIdentity, "workloadIdentity");
        Only(at, "tenantId", identity.TenantId.Length > 0, isWorkload, "workloadIdentity");
        Only(at, "tokenFile", identity.TokenFile.Length > 0, isWorkload, "workloadIdentity");
        Only(at, "authorityHost", identity.AuthorityHost.Length > 0, isWorkload, "workloadIdentity");
        Secret(at, "accountKey", identity.AccountKey, identity.Type is AzureIdentityType.AccountKey, "accountKey");
        Secret(at, "sas", identity.Sas, identity.Type is AzureIdentityType.Sas, "sas");
        Secret(at, "connectionString", identity.ConnectionString, identity.Type is AzureIdentityType.ConnectionString, "connectionString");
    }

    public static void Gcs(GoogleIdentitySettings identity, Place at)
    {
        Only(at, "credentialsFile", identity.CredentialsFile.Length > 0, identity.Type is not GoogleIdentityType.None, "serviceAccountKey");
        if (identity.AllowNodeIdentity && !at.Key("type").IsWrong && identity.Type is not GoogleIdentityType.Auto)
            at.Key("allowNodeIdentity").Mistake("is allowed with type auto only", "remove it, or write type: auto");
    }

    /// <summary>A secret that its authentication type requires.</summary>
    private static void Secret(Place at, string key, Secret secret, bool isUsed, string type)
    {
        if (isUsed && !secret.IsGiven && !at.Key("type").IsWrong && !at.Key(key).IsWrong && !at.Key(key + "File").IsWrong)
            at.Key(key).Mistake($"is required for type {type} and missing", $"add {key} or {key}File");
        Only(at, KeyOf(key, secret), secret.IsGiven, isUsed, type);
    }

    private static void Only(Place at, string key, bool isGiven, bool isUsed, string type)
    {
        if (isGiven && !isUsed && !at.Key("type").IsWrong)
            at.Key(key).Mistake("is not used by this authentication type", $"remove it, or write type: {type}");
    }

    private static string KeyOf(string key, Secret secret) => secret.File.Length > 0 ? key + "File" : key;
}
