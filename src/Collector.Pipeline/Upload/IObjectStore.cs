namespace Collector.Pipeline.Upload;

/// <summary>
/// A place for objects. One call of <see cref="PutAsync"/> is one attempt and one request (I13): no retries inside.
/// Ordinary failures are results, not exceptions; an exception is a bug, or a cancellation.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>The place that this writes to and, once known, its identity; never a secret.</summary>
    string Description { get; }

    /// <summary>
    /// Fetches the credentials if necessary, and sends nothing to the store: afterwards <see cref="Description"/> has the identity.
    /// Null when there are credentials or none are needed, else why there are none; an attempt fetches them again by itself.
    /// </summary>
    Task<string?> AuthenticateAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>
    /// Sends one object. The same bytes may be sent to the same key again; the store streams them from
    /// <see cref="ObjectToPut.OpenBody"/> and disposes the stream.
    /// </summary>
    Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the object of that key has exactly this body, if the store allows to check: by the metadata that we wrote, or by its
    /// bytes. Asked only when a key that we never sent exists.
    /// </summary>
    Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken) => Task.FromResult(Sight.NotShown);

    /// <summary>
    /// Proves write access without leaving an object behind where the store allows that (<c>validate --connect</c>).
    /// </summary>
    Task<PutResult> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whether <see cref="ObjectToPut.Sha256"/>, and the metadata with it, is used. If not, a fifth of the work on an uncompressed
    /// object is saved.
    /// </summary>
    bool NeedsSha256 => true;

    /// <summary>When the credentials in use expire; null where they do not, or are not known yet.</summary>
    DateTimeOffset? CredentialExpiry { get; }
}

/// <summary>One sealed object, as a store sees it. All of it is fixed when the chunk is sealed (I2).</summary>
public sealed record ObjectToPut
{
    public required string Key { get; init; }

    public required string ContentType { get; init; }

    /// <summary>User metadata: <c>records firsttime lasttime node bytes sha256</c>; legal as C# identifiers in lower case.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Length of the body in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>SHA-256 of the body; empty for a store that <see cref="IObjectStore.NeedsSha256">does not need it</see>.</summary>
    public required ReadOnlyMemory<byte> Sha256 { get; init; }

    /// <summary>Opens the body from its start; may be called again within one attempt.</summary>
    public required Func<Stream> OpenBody { get; init; }

    /// <summary>Create only if absent, where the store can.</summary>
    public required bool OnlyIfAbsent { get; init; }
}

/// <summary>How an attempt ended. The uploader (I5), not the store, decides what follows.</summary>
public enum PutStatus
{
    /// <summary>The store itself says, for this key, that it has the object (I13).</summary>
    Stored,

    /// <summary>
    /// The store itself says that an object of that key exists (<c>PreconditionFailed</c>, <c>BlobAlreadyExists</c>,
    /// <c>conditionNotMet</c>; EEXIST).
    /// </summary>
    AlreadyThere,

    /// <summary>A concurrent write to the same key (S3 409): try again.</summary>
    Conflict,

    /// <summary>Slow down: 429, 503 SlowDown.</summary>
    Throttled,

    /// <summary>No credentials, or refused ones: 401, 403, ExpiredToken.</summary>
    Unauthorized,

    /// <summary>Time-outs, resets, 5xx, DNS, disk full at the destination: everything that passes.</summary>
    Unavailable,

    /// <summary>The store refuses this object for its content or name (400 in its own words, an impossible name).</summary>
    Rejected,

    /// <summary>The store does not support the condition (501): try without <see cref="ObjectToPut.OnlyIfAbsent"/>.</summary>
    ConditionUnsupported,
}

/// <summary>The result of a HEAD on a key.</summary>
public enum Sight
{
    /// <summary>An object with our bytes.</summary>
    Ours,

    /// <summary>Another object; or the identity may not look.</summary>
    NotShown,

    /// <summary>No answer: it must be asked again.</summary>
    Unanswered,
}

/// <summary>
/// The end of one attempt, with words for the log (no payload, no secret) and the pause that the store requested.
/// </summary>
public readonly record struct PutResult(PutStatus Status, string Message = "", TimeSpan? RetryAfter = null)
{
    public static PutResult Stored { get; } = new(PutStatus.Stored);
}
