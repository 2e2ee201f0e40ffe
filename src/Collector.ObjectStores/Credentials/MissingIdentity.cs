namespace Collector.ObjectStores.Credentials;

/// <summary>A configured identity that is unavailable: every call says why.</summary>
internal sealed class MissingIdentity(string name, string reason) : AwsIdentity
{
    public override string Description => $"{name} (missing)";

    public override ValueTask<AwsKeys> GetAsync(CancellationToken cancellation) => throw new CredentialException(reason);
}
