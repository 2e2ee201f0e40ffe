namespace Collector.Testing.S3;

/// <summary>What a store does to a request instead of serving it.</summary>
public enum S3Fault
{
    None,

    /// <summary>503 SlowDown with Retry-After, before the body is read.</summary>
    SlowDown,

    /// <summary>500 InternalError, after the body was read.</summary>
    InternalError,

    /// <summary>503 ServiceUnavailable without Retry-After.</summary>
    Unavailable,

    /// <summary>403 ExpiredToken.</summary>
    ExpiredToken,

    /// <summary>403 AccessDenied.</summary>
    AccessDenied,

    /// <summary>409 ConditionalRequestConflict.</summary>
    Conflict,

    /// <summary>400 InvalidRequest: what a store says to an object that it will never take.</summary>
    Rejected,

    /// <summary>The connection is reset when the headers are there; nothing is stored.</summary>
    Reset,

    /// <summary>The connection is reset when half of the body was read; nothing is stored.</summary>
    ResetInBody,

    /// <summary>The object is stored, and the connection reset instead of an answer.</summary>
    LostResponse,

    /// <summary>No byte of the body is read and no answer comes, until the client gives up.</summary>
    Hang,

    /// <summary>The body is read, and no answer comes until the client gives up; nothing is stored.</summary>
    HangAfterBody,

    /// <summary>Somebody else answers 200 with a page that has an ETag; nothing is stored.</summary>
    Page,

    /// <summary>Somebody else answers 204, or 200 without a word; nothing is stored.</summary>
    EmptySuccess,

    /// <summary>Somebody else answers 412, not in S3's words; nothing is stored.</summary>
    StrangePrecondition,

    /// <summary>A proxy takes no body so large: 413, and its page.</summary>
    TooLarge,

    /// <summary>A balancer heard no answer, and has sent the request twice: the second answer is given.</summary>
    Repeated,

    /// <summary>Stored, and answered only after <see cref="S3FaultPlan.SlowAnswer"/>.</summary>
    Slow,
}
