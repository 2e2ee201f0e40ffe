namespace Collector.ObjectStores.Credentials;

/// <summary>What identities need to know of their output.</summary>
/// <param name="Environment">The variables.</param>
/// <param name="StoreRegion">The region of STS if the environment names none.</param>
/// <param name="CaFile">Further authorities, also for STS.</param>
/// <param name="Proxy">Also for STS; never for the addresses of a node.</param>
/// <param name="Local">For the addresses of a node.</param>
/// <param name="Clock">Tells when keys expire.</param>
internal sealed record AwsIdentityContext(AwsEnvironment Environment, string StoreRegion, string CaFile, string Proxy, TokenClient Local, TimeProvider Clock);
