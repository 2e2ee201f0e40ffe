using Amazon.Runtime;
using Amazon.SecurityToken.Model;

namespace Collector.ObjectStores.Credentials;

/// <summary>A role that is assumed with the keys of another identity.</summary>
internal sealed class AssumedRoleIdentity(AwsIdentity first, AssumeRoleSettings role, StsClients clients, TimeProvider clock) : TemporaryIdentity(clock)
{
    public override string Description => $"{base.Description}, by {first.Description}";

    protected override string Name => $"role {role.RoleArn}";

    public override void Dispose()
    {
        base.Dispose();
        first.Dispose();
    }

    protected override async Task<AwsKeys> FetchAsync(CancellationToken cancellation)
    {
        var keys = await first.GetAsync(cancellation).ConfigureAwait(false);
        using var sts = clients.Create(keys.Token.Length > 0
            ? new SessionAWSCredentials(keys.AccessKeyId, keys.Secret, keys.Token)
            : new BasicAWSCredentials(keys.AccessKeyId, keys.Secret));
        var request = new AssumeRoleRequest { RoleArn = role.RoleArn, RoleSessionName = role.SessionName, ExternalId = role.ExternalId.Length > 0 ? role.ExternalId : null };
        try
        {
            return await clients.GetAsync(
                $"sts:AssumeRole of {role.RoleArn}",
                $"let {first.Description} call sts:AssumeRole on it, and see the role's trust policy (principal, sts:ExternalId)",
                async late =>
                {
                    var answer = await sts.AssumeRoleAsync(request, late).ConfigureAwait(false);
                    return StsAnswer.ToKeys(answer.Credentials, answer.AssumedRoleUser?.Arn);
                },
                cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e) when (!e.IsUnavailable)
        {
            first.Drop(keys);
            throw;
        }
    }
}
