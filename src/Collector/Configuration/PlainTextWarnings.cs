using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;

namespace Collector.Configuration;

/// <summary>
/// Warns of credentials that are sent without encryption, so that others on the network can use them. Not a mistake, because there
/// are emulators, and networks with their own encryption.
/// </summary>
public static class PlainTextWarnings
{
    /// <summary>A line for each output that shows its token, or its signature in a URL, over plain http to another host.</summary>
    public static IEnumerable<string> Of(CollectorConfiguration config) =>
        from output in config.Outputs
        let url = output.Store switch
        {
            // Keys sign requests, and are not sent. A connection string is a secret, and may be in a file.
            AzureBlobSettings { Identity.Type: not AzureIdentityType.AccountKey and not AzureIdentityType.ConnectionString } azure => azure.Endpoint,
            GcsSettings { Identity.Type: not GoogleIdentityType.None } gcs => gcs.Endpoint,
            _ => "",
        }
        where Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback
        select $"outputs.{output.Name}.store.endpoint: {url} is not encrypted, so others on the network can steal the token that is sent there; write https";
}
