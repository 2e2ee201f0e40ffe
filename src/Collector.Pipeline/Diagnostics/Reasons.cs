namespace Collector.Pipeline.Diagnostics;

// Each of these is the complete list of one label's values: the member's name in snake_case is what /metrics shows. They start at 0
// and have no gaps (EnumCounts indexes an array by them).

/// <summary>Where a record in the buffer is (<c>state</c> of <c>collector_buffer_records</c>).</summary>
public enum BufferState
{
    /// <summary>In an open chunk.</summary>
    Open,

    /// <summary>In a sealed object that waits for its upload.</summary>
    Sealed,

    /// <summary>In an object that was quarantined: kept, but not sent.</summary>
    Quarantined,
}

/// <summary>Why records left the buffer without being uploaded.</summary>
public enum DropReason
{
    /// <summary><c>whenFull: dropOldest</c> made room.</summary>
    BufferFull,

    /// <summary>As <see cref="BufferFull"/>, but the object had been attempted: the store may hold it.</summary>
    BufferFullUnconfirmed,

    /// <summary><c>deliveryMode: atMostOnce</c>: the one attempt failed.</summary>
    AttemptFailed,

    /// <summary>The quarantine was at <c>quarantineMaxSize</c>.</summary>
    QuarantineFull,

    /// <summary>The bytes on disk are damaged, and the sources no longer have them.</summary>
    Damaged,

    /// <summary>
    /// Not lost: the bytes on disk are damaged, and the sources are read again; the records are then matched once more.
    /// </summary>
    Reread,
}

/// <summary>Why an output is full (<c>reason</c> of <c>collector_buffer_full</c>).</summary>
public enum FullReason
{
    /// <summary>The output's buffer has reached <c>buffer.maxSize</c>.</summary>
    MaxSize,

    /// <summary>Less than <c>buffer.minFreeDisk</c> is free.</summary>
    MinFreeDisk,

    /// <summary>The disk has no room, or the user no quota on it.</summary>
    NoSpace,

    /// <summary>The disk fails.</summary>
    DiskError,

    /// <summary>The number of chunks that wait to be sealed has reached the limit of open ones.</summary>
    Sealing,
}

/// <summary>Why a record was excluded.</summary>
public enum ExclusionReason
{
    /// <summary>The pod's exclude annotation.</summary>
    Annotation,

    /// <summary>The collector's own log.</summary>
    OwnLog,
}

/// <summary>How unread bytes were lost where their number is known.</summary>
public enum BytesLostReason
{
    /// <summary>The largest deleted file was given up beyond <c>buffer.maxDeletedUnread</c>.</summary>
    DeletedUnread,

    /// <summary>Deleted before it was read: while the collector was down, or while its file was closed.</summary>
    RotatedAway,

    /// <summary>The source is shorter than its read position: a power failure took its tail.</summary>
    SourceShrunk,

    /// <summary>A file was truncated, or its end cannot be decompressed, before all of it was read.</summary>
    Unreadable,
}

/// <summary>How a whole file must have been lost, inferred from gaps.</summary>
public enum FilesLostReason
{
    /// <summary>A number is missing between a container's <c>n.log</c> files.</summary>
    RestartGap,

    /// <summary>A generation with unread bytes cannot be found any more.</summary>
    GenerationGone,

    /// <summary>
    /// A generation was deleted, truncated or rewritten while the collector was down. Everything that was seen of it is stored; later lines, if any, were
    /// never seen. Its container is not known to have ended before it was read.
    /// </summary>
    MayHaveGrown,

    /// <summary>A rotated file that does not decompress.</summary>
    Unreadable,
}

/// <summary>How an upload attempt ended (<c>result</c> of <c>collector_upload_attempts_total</c>).</summary>
public enum AttemptResult
{
    Stored,

    /// <summary>There after an earlier attempt, or shown to be this very object: done.</summary>
    AlreadyThere,

    /// <summary>The object existed before any attempt, and was not shown to be ours.</summary>
    KeyCollision,
    Conflict,
    Throttled,
    Unauthorized,
    Unavailable,
    Rejected,
    ConditionUnsupported,

    /// <summary>Cancelled by a shutdown, or ended by an exception: the outcome in the store is unknown.</summary>
    Broken,
}

/// <summary>The kind of request to the Kubernetes API.</summary>
public enum KubernetesVerb
{
    Get,
    List,
    Watch,
}
