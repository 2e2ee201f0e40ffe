namespace Collector.ObjectStores;

/// <summary>
/// A place with objects, for reading. Each call is one request: nothing is tried again inside. All that goes wrong is a
/// <see cref="StoreReadException"/>, or a cancellation. Calls may be made side by side.
/// </summary>
public interface IObjectReader : IAsyncDisposable
{
    /// <summary>Where this reads and, once known, as whom; never a secret.</summary>
    string Description { get; }

    /// <summary>One page of a list, in the order of keys (bytes), of as many objects as the store gives at once.</summary>
    Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// The bytes of an object from an offset to its end, which the caller disposes. Reading them throws
    /// <see cref="StoreReadException"/> too; an end before the object's is one.
    /// </summary>
    /// <param name="key">Of the object.</param>
    /// <param name="offset">Bytes to leave out; at the object's end nothing is left.</param>
    /// <param name="cancellationToken">Ends the request; not the reading of what it returned.</param>
    Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken);
}

/// <summary>What is listed.</summary>
/// <param name="Prefix">What all keys begin with; may be empty.</param>
public sealed record ObjectQuery(string Prefix)
{
    /// <summary>True: keys are cut behind the next slash after the prefix, and each such beginning is told once.</summary>
    public bool IsByDirectory { get; init; }

    /// <summary>Only keys above this one; empty: all. Not together with <see cref="IsByDirectory"/>, where stores differ.</summary>
    public string StartAfter { get; init; } = "";

    /// <summary>From <see cref="ObjectPage.Next"/>: where the page before ended; the rest of the query must be the same.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of a list.</summary>
/// <param name="Objects">In the order of keys.</param>
/// <param name="Directories">Beginnings of keys, each ending in a slash; empty unless they were asked for.</param>
/// <param name="Next">For the next page; null when this is the last.</param>
public sealed record ObjectPage(IReadOnlyList<StoredObject> Objects, IReadOnlyList<string> Directories, string? Next);

/// <summary>An object as a list tells it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Length">Of its body, in bytes.</param>
/// <param name="Modified">When it was stored, by the store's clock.</param>
public readonly record struct StoredObject(string Key, long Length, DateTimeOffset Modified);

/// <summary>Why a store could not be read.</summary>
public enum ReadTrouble
{
    /// <summary>There is no such object, or no such bucket, container or directory.</summary>
    NotFound,

    /// <summary>No credentials, or they do not allow it: the message names the permission.</summary>
    Refused,

    /// <summary>Slow down.</summary>
    Throttled,

    /// <summary>All that may pass: no connection, 5xx, a body that breaks off.</summary>
    Unavailable,

    /// <summary>It will never work like this: a wrong name, address or configuration.</summary>
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
