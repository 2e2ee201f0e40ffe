using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Collector.ObjectStores.Credentials;

/// <summary>
/// IAM roles for service accounts: the pod's own token is exchanged at STS for the role's keys. Kubelet replaces the token
/// before it ends, so it is read again each time.
/// </summary>
internal sealed class WebIdentity(string roleArn, NamedFile token, string sessionName, StsClients clients, TimeProvider clock) : TemporaryIdentity(clock)
{
    private readonly Lazy<AmazonSecurityTokenServiceClient> _sts = new(() => clients.Create(new AnonymousAWSCredentials()));

    protected override string Name => $"web identity {roleArn}";

    public override void Dispose()
    {
        base.Dispose();
        if (_sts.IsValueCreated)
        {
            _sts.Value.Dispose();
        }
    }

    protected override async Task<AwsKeys> FetchAsync(CancellationToken cancellation)
    {
        var current = await token.ReadCredentialAsync(cancellation).ConfigureAwait(false);
        var request = new AssumeRoleWithWebIdentityRequest { RoleArn = roleArn, RoleSessionName = sessionName, WebIdentityToken = current };
        return await clients.GetAsync(
            $"sts:AssumeRoleWithWebIdentity of {roleArn}",
            $"see the role's trust policy (the cluster's OIDC provider, aud sts.amazonaws.com, sub system:serviceaccount:NAMESPACE:NAME) and the token in {token.Path}",
            async late =>
            {
                var answer = await _sts.Value.AssumeRoleWithWebIdentityAsync(request, late).ConfigureAwait(false);
                return StsAnswer.ToKeys(answer.Credentials, answer.AssumedRoleUser?.Arn);
            },
            cancellation).ConfigureAwait(false);
    }
}
