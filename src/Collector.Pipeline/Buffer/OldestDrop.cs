using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Drops the oldest object of a full buffer (<c>whenFull: dropOldest</c>). Its coverage is durable before its file goes, so it
/// is never read again; a drop that was begun is gone through with. Owned by the tail worker.
/// </summary>
internal sealed class OldestDrop(IStorageDirectory directory, PositionsJournal positions, Backlog backlog, BufferSpace space, OutputBook book)
{
    private BacklogItem? _begun;

    /// <summary>A failing disk has left a drop half done, whose object is no one else's meanwhile.</summary>
    public bool IsBegun => _begun is not null;

    /// <summary>
    /// Drops the oldest object that no attempt is in flight for; false when there is none. Throws <see cref="StorageException"/>,
    /// and goes on where it failed when it is called again.
    /// </summary>
    public bool TryDrop()
    {
        _begun ??= backlog.TakeForDrop();
        if (_begun is not { } item)
        {
            return false;
        }

        ObjectHeader? header;
        using (var file = directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
        }

        positions.Fold(item.Seq, item.OpenedAt, header?.Coverage ?? new CoverageMap());
        ObjectFile.Remove(directory, item.FileName, header?.FromReserve == true);
        _begun = null;
        space.Add(-item.FileBytes);
        backlog.Remove(item);
        book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, item.Attempted ? DropReason.BufferFullUnconfirmed : DropReason.BufferFull);
        return true;
    }
}
