namespace Collector.ObjectStores.Credentials;

/// <summary>What identities need of the output that they are for.</summary>
/// <param name="Environment">The variables.</param>
/// <param name="Region">Of the store; STS is asked in the same one.</param>
/// <param name="CaFile">Further authorities, for STS too.</param>
/// <param name="Proxy">For STS too; never for the addresses of a node.</param>
/// <param name="Clock">What expiry is compared with.</param>
internal sealed record AwsIdentityContext(AwsEnvironment Environment, string Region, string CaFile, string Proxy, TimeProvider Clock);
