namespace Collector.Reading.Lines;

/// <summary>The container in a key; parts that the key lacks are empty.</summary>
/// <param name="Namespace">As in keys, like the two that follow.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Container">Its name.</param>
public readonly record struct ContainerName(string Namespace, string Pod, string Container);
