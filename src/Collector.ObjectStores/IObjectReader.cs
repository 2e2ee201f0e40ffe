namespace Collector.ObjectStores;

/// <summary>
/// A place with objects, for reading. Each call is one request without retries. All failures are a
/// <see cref="StoreReadException"/>, or a cancellation. Calls may run in parallel.
/// </summary>
public interface IObjectReader : IAsyncDisposable
{
    /// <summary>The place that this reads and, once known, its identity; never a secret.</summary>
    string Description { get; }

    /// <summary>One page of a list, in the order of keys (bytes), with as many objects as the store returns at once.</summary>
    Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// The bytes of an object from an offset to its end; the caller disposes them. Reading them also throws
    /// <see cref="StoreReadException"/>, even for an end before the object's.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="offset">Bytes to skip; an offset at the object's end gives an empty stream.</param>
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

    /// <summary>From <see cref="ObjectPage.Next"/>: the end of the page before; the rest of the query must be the same.</summary>
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

    /// <summary>Any failure that may pass: no connection, 5xx, an interrupted body.</summary>
    Unavailable,

    /// <summary>Retrying cannot help: a wrong name, address or configuration.</summary>
    Invalid,
}

/// <summary>A failed request to a store, with a message for a person.</summary>
public sealed class StoreReadException(ReadTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public ReadTrouble Trouble { get; } = trouble;

    /// <summary>For a person who reads one store.</summary>
    /// <param name="store">Its <see cref="IObjectReader.Description"/>.</param>
    public string MessageFor(string store) => $"{store} {(Trouble == ReadTrouble.Refused ? "refused" : "cannot be read")}: {Message}";
}
