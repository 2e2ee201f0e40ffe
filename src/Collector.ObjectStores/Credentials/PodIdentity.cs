using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// EKS Pod Identity: the agent on the node gives the pod's keys to whoever shows the pod's token, which kubelet keeps fresh.
/// </summary>
internal sealed class PodIdentity(Uri agent, string tokenFile, TimeProvider clock) : RefreshedIdentity(clock)
{
    /// <summary>Where the agent of EKS listens on each node (Amazon EKS User Guide, "EKS Pod Identity").</summary>
    private static readonly IPAddress[] AgentAddresses = [IPAddress.Parse("169.254.170.23"), IPAddress.Parse("fd00:ec2::23")];

    private readonly NodeEndpoint _agent = new("the EKS Pod Identity agent");

    protected override string Name => "pod identity";

    /// <summary>
    /// Whether a token may be shown to that address: over https anywhere, else only to the agent's and to this host
    /// (SDKs and Tools Reference Guide, "Container credential provider").
    /// </summary>
    public static bool IsAllowed(string uri, [NotNullWhen(true)] out Uri? agent) =>
        Uri.TryCreate(uri, UriKind.Absolute, out agent)
        && (agent.Scheme == Uri.UriSchemeHttps
            || (agent.Scheme == Uri.UriSchemeHttp && (agent.IsLoopback || (IPAddress.TryParse(agent.Host.Trim('[', ']'), out var address) && AgentAddresses.Contains(address)))));

    public override void Dispose()
    {
        base.Dispose();
        _agent.Dispose();
    }

    protected override async Task<AwsKeys> FetchAsync(CancellationToken cancellation)
    {
        var token = CredentialFile.Read(tokenFile, AwsEnvironment.ContainerTokenFileName);
        if (token.Length == 0)
            throw new CredentialException($"{AwsEnvironment.ContainerTokenFileName} {tokenFile} is empty");
        const string Help = "see the pod identity association of the service account, the role's trust policy (pods.eks.amazonaws.com) and the agent's pod on this node";
        var json = await _agent.AskAsync(HttpMethod.Get, agent, ("Authorization", token), Help, cancellation).ConfigureAwait(false);
        return KeysDocument.Read(json, $"the EKS Pod Identity agent {agent}", "");
    }
}
