namespace Collector.Pipeline.Buffer;

/// <summary>The records of one output with one rendered prefix. Owned by the tail worker.</summary>
internal sealed class Partition(string prefix)
{
    public string Prefix { get; } = prefix;

    /// <summary>The chunk for its records; null until the first one, and after a seal.</summary>
    public OpenChunk? Chunk { get; set; }

    /// <summary>The chunk before, when it was closed without being made durable: that comes before a successor is opened.</summary>
    public OpenChunk? Predecessor { get; set; }

    /// <summary>No longer known to its buffer: it must be requested again.</summary>
    public bool IsRetired { get; set; }

    /// <summary>All that its output has committed is made durable before its next frame (<see cref="OutputBuffer.SyncBefore"/>).</summary>
    public bool SyncsFirst { get; set; }

    /// <summary>Its batch of this turn; null between turns.</summary>
    public Batch? Batch { get; set; }

    /// <summary>It knows nothing that a new partition would not know.</summary>
    public bool IsIdle => Chunk is null && Batch is null && !SyncsFirst && Predecessor?.IsDirty != true;
}
