using System.Diagnostics.CodeAnalysis;
using System.Net;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// EKS Pod Identity: the agent on the node gives the pod's keys to a client that sends the pod's token, which kubelet keeps fresh.
/// </summary>
internal sealed class PodIdentity(Uri agent, string tokenFile, TokenClient local, TimeProvider clock) : TemporaryIdentity(clock)
{
    /// <summary>Where the agent of EKS listens on each node (Amazon EKS User Guide, "EKS Pod Identity").</summary>
    private static readonly IPAddress[] AgentAddresses = [IPAddress.Parse("169.254.170.23"), IPAddress.Parse("fd00:ec2::23")];

    private const string Help =
        "see the pod identity association of the service account, the role's trust policy (pods.eks.amazonaws.com) and the agent's pod on this node";

    protected override string Name => "pod identity";

    /// <summary>
    /// Whether a token may be shown to that address: over https anywhere, else only to the agent's and to this host
    /// (SDKs and Tools Reference Guide, "Container credential provider").
    /// </summary>
    public static bool IsAllowed(string uri, [NotNullWhen(true)] out Uri? agent) =>
        Uri.TryCreate(uri, UriKind.Absolute, out agent)
        && (agent.Scheme == Uri.UriSchemeHttps
            || (agent.Scheme == Uri.UriSchemeHttp && (agent.IsLoopback || (IPAddress.TryParse(agent.Host.Trim('[', ']'), out var address) && AgentAddresses.Contains(address)))));

    protected override async Task<AwsKeys> FetchAsync(CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, agent);
        var token = await new NamedFile(tokenFile, AwsEnvironment.ContainerTokenFileName).ReadCredentialAsync(cancellation).ConfigureAwait(false);
        request.Headers.TryAddWithoutValidation("Authorization", token);
        var who = $"the EKS Pod Identity agent {WithoutSecrets.Strip(agent)}";
        return KeysDocument.Read(await local.GetTextAsync(request, who, cancellation, Help).ConfigureAwait(false), who, "");
    }
}
