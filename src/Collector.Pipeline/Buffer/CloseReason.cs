namespace Collector.Pipeline.Buffer;

/// <summary>Why a chunk takes no more records and becomes an object; for the log.</summary>
internal enum CloseReason
{
    /// <summary>The next records would make it larger than <c>batch.maxSize</c>.</summary>
    Size,

    /// <summary>It is as old as <c>batch.maxAge</c> says, less the jitter.</summary>
    Age,

    /// <summary>Its only container has ended.</summary>
    ContainerEnd,

    /// <summary><c>batch.maxOpen</c> chunks are open.</summary>
    TooManyOpen,

    /// <summary>The buffer is full, and nothing else would make room.</summary>
    BufferFull,

    /// <summary>A write to it failed: what is whole of it is kept.</summary>
    WriteFailed,

    /// <summary>An earlier life has left it, and it is not to be added to.</summary>
    Restart,

    /// <summary>The collector ends.</summary>
    Stop,
}
