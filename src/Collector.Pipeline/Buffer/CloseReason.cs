namespace Collector.Pipeline.Buffer;

/// <summary>Why a chunk takes no more records and becomes an object; for the log.</summary>
internal enum CloseReason
{
    /// <summary>The next records would make it larger than <c>batch.maxSize</c>.</summary>
    Size,

    /// <summary>It has reached the age of <c>batch.maxAge</c>, less the jitter.</summary>
    Age,

    /// <summary>Its only container has ended.</summary>
    ContainerEnd,

    /// <summary><c>batch.maxOpen</c> chunks are open.</summary>
    TooManyOpen,

    /// <summary>The buffer is full, and nothing else would make room.</summary>
    BufferFull,

    /// <summary>A write to it failed: its whole frames are kept.</summary>
    WriteFailed,

    /// <summary>An earlier run of the collector left it, and nothing may be added to it.</summary>
    Restart,

    /// <summary>The collector ends.</summary>
    Stop,
}
