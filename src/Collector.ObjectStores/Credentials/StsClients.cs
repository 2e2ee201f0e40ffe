using System.Xml;
using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Clients of the Security Token Service in the pod's own region, which the EKS webhook sets: the global endpoint belongs to one
/// region, and a private cluster can only reach its own, wherever the bucket is.
/// </summary>
internal sealed class StsClients(AwsIdentityContext context)
{
    private const string NoRegion = "us-east-1";

    /// <summary>
    /// Marks the answer's body in the SDK's message for an error without words. The body names the request, so with it the log
    /// would show the same trouble as new each time.
    /// </summary>
    private const string BodyMark = " and HTTP Body:";

    /// <summary>Keys are small and STS is quick; a longer wait only delays the attempt.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Throws <see cref="CredentialException"/> when the environment has an invalid endpoint.</summary>
    public AmazonSecurityTokenServiceClient Create(AWSCredentials credentials) => new(credentials, ToConfig());

    /// <summary>The keys from a call. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="call">For messages.</param>
    /// <param name="refusedHelp">What to check after a refusal.</param>
    /// <param name="ask">Calls STS; null keys mean that the server is not an STS.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    public async Task<AwsKeys> GetAsync(string call, string refusedHelp, Func<CancellationToken, Task<AwsKeys?>> ask, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, context.Clock);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            return await ask(late.Token).ConfigureAwait(false)
                ?? throw new CredentialException(WithoutKeys(call)) { IsUnavailable = true };
        }
        catch (Exception e) when (IsPassing(e) && !cancellation.IsCancellationRequested)
        {
            throw Explain(call, e, refusedHelp);
        }
        catch (XmlException e)
        {
            throw new CredentialException(WithoutKeys(call), e) { IsUnavailable = true };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CredentialException($"{call}: STS does not answer", e) { IsUnavailable = true };
        }
    }

    /// <summary>A load balancer, a captive portal or another service answers there.</summary>
    private static string WithoutKeys(string call) => $"{call} returned no keys; check that the endpoint is an STS endpoint";

    private static CredentialException Explain(string call, Exception e, string refusedHelp)
    {
        var code = (e as AmazonServiceException)?.ErrorCode ?? "";
        var isAnswered = e is AmazonServiceException { StatusCode: >= (System.Net.HttpStatusCode)400 and < (System.Net.HttpStatusCode)500 } && code != "Throttling" && code != "IDPCommunicationError";
        return isAnswered
            ? new CredentialException($"{call} was refused: {code}: {ServerWords.FirstLine(e.Message.Split(BodyMark)[0])}; {refusedHelp}", e)
            : new CredentialException($"{call} failed: {Trouble(e, code)}", e) { IsUnavailable = true };
    }

    /// <summary>
    /// For an answer its status, because the SDK's exception for a 5xx without words has no text; else the connection's message.
    /// </summary>
    private static string Trouble(Exception e, string code)
    {
        if (e is not AmazonServiceException { StatusCode: >= System.Net.HttpStatusCode.Continue and var status })
            return ServerWords.FirstLine(Root(e).Message);

        var words = ServerWords.FirstLine(e.Message.Split(BodyMark)[0]);
        return $"STS answered {(int)status}{(code.Length > 0 && code != status.ToString() ? $" {code}" : "")}{(words.Contains("Exception of type", StringComparison.Ordinal) ? "" : $": {words}")}";
    }

    private static bool IsPassing(Exception e) => e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException;

    private static Exception Root(Exception e) => e.InnerException is { } inner ? Root(inner) : e;

    private AmazonSecurityTokenServiceConfig ToConfig()
    {
        var config = new AmazonSecurityTokenServiceConfig
        {
            // One more attempt for a wrong clock: the SDK corrects it by the time that STS sent.
            MaxErrorRetry = 1,
            RetryMode = RequestRetryMode.Standard,
            DefaultConfigurationMode = DefaultConfigurationMode.Standard,
            IgnoreConfiguredEndpointUrls = true,
            HttpClientCacheSize = 1,
            HttpClientFactory = new SdkConnections(() => new LimitedAnswers(HttpTransport.Create(context.CaFile, context.Proxy))),
        };
        var region = new[] { context.Environment.Region, context.StoreRegion, NoRegion }.First(name => name.Length > 0);
        if (context.Environment.StsEndpoint is { Length: > 0 } endpoint)
        {
            config.ServiceURL = CredentialUrl.Parse(endpoint, context.Environment.NameOfStsEndpoint).AbsoluteUri;
            config.AuthenticationRegion = region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }
}
