namespace Collector.ObjectStores.Credentials;

/// <summary>What identities need to know of their output.</summary>
/// <param name="Environment">The variables.</param>
/// <param name="StoreRegion">Where STS is asked when the environment names no region.</param>
/// <param name="CaFile">Further authorities, for STS too.</param>
/// <param name="Proxy">For STS too; never for the addresses of a node.</param>
/// <param name="Local">For the addresses of a node.</param>
/// <param name="Clock">Tells when keys expire.</param>
internal sealed record AwsIdentityContext(AwsEnvironment Environment, string StoreRegion, string CaFile, string Proxy, TokenClient Local, TimeProvider Clock);
