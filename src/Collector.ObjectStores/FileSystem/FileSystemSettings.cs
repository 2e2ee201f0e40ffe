namespace Collector.ObjectStores.FileSystem;

/// <summary>A directory (contract §2).</summary>
public sealed record FileSystemSettings : StoreSettings
{
    /// <summary>An absolute directory.</summary>
    public required string Path { get; init; }
}
