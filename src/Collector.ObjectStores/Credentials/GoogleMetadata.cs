using System.Text.RegularExpressions;
using Collector.ObjectStores.Http;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Tokens of GKE's metadata server, which gives each pod the identity of its Kubernetes service account; on a node pool without
/// Workload Identity, and to pods on the host's network, Compute Engine's own answers at the same address, as the node.
/// </summary>
/// <remarks>
/// Two signs show the node's own identity: the default account of Compute Engine,
/// <c>NUMBER-compute@developer.gserviceaccount.com</c>, which no pod gets without a binding; and, in a pod, an answer from Compute
/// Engine's own server (<c>Server: Metadata Server for VM</c>), which also finds nodes with an account of their own. A pod's
/// identity is either the pool's (<c>PROJECT.svc.id.goog</c>) or the account in its annotation.
/// </remarks>
internal sealed partial class GoogleMetadata(string host, bool allowNode, bool isPod, TokenClient metadata, TimeProvider clock)
{
    private const string DefaultHost = "metadata.google.internal";
    private const string Who = "the metadata server";
    private const string Flavor = "Metadata-Flavor";
    private const string Mark = "Google";
    private const string NodeServer = "Metadata Server for VM";

    private const string AccountPath = "/computeMetadata/v1/instance/service-accounts/default";

    public async Task<AccessToken> FetchAsync(CancellationToken cancellation)
    {
        var server = CredentialUrl.Parse($"http://{(host.Length > 0 ? host : DefaultHost)}", GoogleIdentities.MetadataHostVariable);
        var isNode = false;
        using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(server, $"{AccountPath}/email"));
        ask.Headers.TryAddWithoutValidation(Flavor, Mark);
        var email = ServerWords.FirstLine(await GetAsync(ask, response => isNode = IsComputeEngine(response), cancellation).ConfigureAwait(false));
        isNode = (isNode && isPod) || DefaultAccount().IsMatch(email);
        if (isNode && !allowNode)
        {
            throw new CredentialException($"the metadata server answers as the node ({email}): enable Workload Identity on the cluster and the node pool, "
                + "and bind the pod's service account, by principal or with the annotation iam.gke.io/gcp-service-account; "
                + "only type auto with allowNodeIdentity: true writes as the node");
        }

        using var exchange = new GoogleTokenExchange(Who, async (request, ends) => Plain(await GetAsync(request, null, ends).ConfigureAwait(false)));
        var credential = new ComputeCredential(new ComputeCredential.Initializer(new Uri(server, $"{AccountPath}/token").AbsoluteUri)
        {
            HttpClientFactory = exchange.Connections,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        });
        return await exchange.GetAsync(credential, isNode ? $"{email} (the node)" : email, clock, cancellation).ConfigureAwait(false);
    }

    private static string Plain(string answer) =>
        GoogleTokenExchange.Plain(TokenClient.Parse(answer) ?? throw new CredentialException($"{Who} gave an answer that is not a JSON object"), Who);

    private async Task<string> GetAsync(HttpRequestMessage request, Action<HttpResponseMessage>? look, CancellationToken cancellation)
    {
        var isGoogle = false;
        var text = await metadata.GetTextAsync(request, Who, cancellation, look: response =>
        {
            isGoogle = response.Headers.TryGetValues(Flavor, out var flavor) && flavor.Contains(Mark, StringComparer.Ordinal);
            look?.Invoke(response);
        }).ConfigureAwait(false);
        return isGoogle ? text : throw new CredentialException($"what answers at {request.RequestUri!.Host} is not Google's metadata server (no {Flavor})");
    }

    private static bool IsComputeEngine(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Server", out var server) && server.ToString() == NodeServer;

    [GeneratedRegex(@"^[0-9]+-compute@developer\.gserviceaccount\.com$")]
    private static partial Regex DefaultAccount();
}
