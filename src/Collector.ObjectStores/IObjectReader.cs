namespace Collector.ObjectStores;

/// <summary>
/// A place with objects, for reading. Each call is one request: nothing is tried again inside. All that goes wrong is a
/// <see cref="StoreReadException"/>, or a cancellation. Calls may be made side by side.
/// </summary>
public interface IObjectReader : IAsyncDisposable
{
    /// <summary>The place that this reads and, once known, its identity; never a secret.</summary>
    string Description { get; }

    /// <summary>One page of a list, in the order of keys (bytes), of as many objects as the store gives at once.</summary>
    Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// The bytes of an object from an offset to its end, which the caller disposes. Reading them throws
    /// <see cref="StoreReadException"/> too; an end before the object's is one.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="offset">Bytes to leave out; at the object's end nothing is left.</param>
    /// <param name="cancellationToken">Cancels the request, but not the reading of the returned body.</param>
    Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken);
}

/// <summary>Selects what is listed.</summary>
/// <param name="Prefix">The beginning of all keys; may be empty.</param>
public sealed record ObjectQuery(string Prefix)
{
    /// <summary>True: keys are cut after the first slash behind the prefix, and each such beginning is listed once.</summary>
    public bool IsByDirectory { get; init; }

    /// <summary>Only keys above this one; empty: all. Not together with <see cref="IsByDirectory"/>, where stores differ.</summary>
    public string StartAfter { get; init; } = "";

    /// <summary>From <see cref="ObjectPage.Next"/>: where the page before ended; the rest of the query must be the same.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of a list.</summary>
/// <param name="Objects">In the order of keys.</param>
/// <param name="Directories">Beginnings of keys, each ending in a slash; empty unless requested.</param>
/// <param name="Next">For the next page; null when this is the last.</param>
public sealed record ObjectPage(IReadOnlyList<StoredObject> Objects, IReadOnlyList<string> Directories, string? Next);

/// <summary>An object in a list.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Length">The length of its body, in bytes.</param>
/// <param name="Modified">When it was stored, by the store's clock.</param>
public readonly record struct StoredObject(string Key, long Length, DateTimeOffset Modified);

/// <summary>Why a store could not be read.</summary>
public enum ReadTrouble
{
    /// <summary>The object, bucket, container or directory does not exist.</summary>
    NotFound,

    /// <summary>No credentials, or they do not allow it: the message names the permission.</summary>
    Refused,

    /// <summary>Slow down.</summary>
    Throttled,

    /// <summary>All that may pass: no connection, 5xx, a body that breaks off.</summary>
    Unavailable,

    /// <summary>Retrying cannot help: a wrong name, address or configuration.</summary>
    Invalid,
}

/// <summary>A request that a store did not grant, in words for a person.</summary>
public sealed class StoreReadException(ReadTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public ReadTrouble Trouble { get; } = trouble;

    /// <summary>For a person who asked one store.</summary>
    /// <param name="store">Its <see cref="IObjectReader.Description"/>.</param>
    public string Of(string store) => $"{store} {(Trouble == ReadTrouble.Refused ? "refused" : "cannot be read")}: {Message}";
}
