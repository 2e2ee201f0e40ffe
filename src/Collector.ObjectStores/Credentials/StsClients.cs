using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Clients of the Security Token Service, in the store's region: the global endpoint is one region's, and private clusters
/// reach only their own.
/// </summary>
internal sealed class StsClients(AwsIdentityContext context)
{
    private const string NoRegion = "us-east-1";

    /// <summary>Keys are small and STS is quick; who waits longer only holds up the attempt.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public AmazonSecurityTokenServiceClient Create(AWSCredentials credentials) => new(credentials, ToConfig());

    /// <summary>What a failed call means, with who said so.</summary>
    public static CredentialException Explain(string call, Exception e, string refusedHelp)
    {
        var code = (e as AmazonServiceException)?.ErrorCode ?? "";
        var isAnswered = e is AmazonServiceException { StatusCode: >= (System.Net.HttpStatusCode)400 and < (System.Net.HttpStatusCode)500 } && code != "Throttling" && code != "IDPCommunicationError";
        return isAnswered
            ? new CredentialException($"{call} was refused: {code}: {e.Message}; {refusedHelp}", e)
            : new CredentialException($"{call} failed: {Root(e).Message}", e) { IsUnavailable = true };
    }

    public static bool IsPassing(Exception e) => e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException;

    private static Exception Root(Exception e) => e.InnerException is { } inner ? Root(inner) : e;

    private AmazonSecurityTokenServiceConfig ToConfig()
    {
        var config = new AmazonSecurityTokenServiceConfig
        {
            // One more, for a clock that is wrong: the SDK then corrects it by what STS says.
            MaxErrorRetry = 1,
            RetryMode = RequestRetryMode.Standard,
            DefaultConfigurationMode = DefaultConfigurationMode.Standard,
            IgnoreConfiguredEndpointUrls = true,
            HttpClientCacheSize = 1,
            HttpClientFactory = new StsHttpClient(context),
        };
        var region = context.Region.Length > 0 ? context.Region : NoRegion;
        if (context.Environment.StsEndpoint.Length > 0)
        {
            config.ServiceURL = context.Environment.StsEndpoint;
            config.AuthenticationRegion = region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }

    private sealed class StsHttpClient(AwsIdentityContext context) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(HttpTransport.Create(context.CaFile, context.Proxy)) { Timeout = Timeout };
    }
}
