namespace Collector.Reading.Lines;

/// <summary>What keys say of a container; empty where they do not.</summary>
/// <param name="Namespace">As it stands in keys, as the two that follow.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Container">Its name.</param>
public readonly record struct ContainerName(string Namespace, string Pod, string Container);
