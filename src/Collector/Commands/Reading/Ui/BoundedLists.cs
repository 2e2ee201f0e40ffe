using Collector.ObjectStores;

namespace Collector.Commands.Reading.Ui;

/// <summary>A store for one question, with a limit on listed objects for questions that hold each object in memory.</summary>
/// <param name="inner">Not disposed here.</param>
internal sealed class BoundedLists(IObjectReader inner) : IObjectReader
{
    /// <summary>About 700 bytes each.</summary>
    private const int MostObjects = 50_000;

    private int _listed;

    public string Description => inner.Description;

    /// <summary>False: objects are only added up, so any number is allowed.</summary>
    public bool IsHeld { get; set; } = true;

    /// <summary>Forgets the listed objects: the next question begins.</summary>
    public void Reset() => Volatile.Write(ref _listed, 0);

    public async Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        var page = await inner.ListAsync(query, cancellationToken);
        return !IsHeld || Interlocked.Add(ref _listed, page.Objects.Count) <= MostObjects ? page
            : throw new StoreReadException(ReadTrouble.Invalid, $"more than {MostObjects} objects may hold matching lines; give a namespace, a pod or a time");
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => inner.OpenAsync(key, offset, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
