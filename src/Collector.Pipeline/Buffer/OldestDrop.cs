using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Drops the oldest object of a full buffer (<c>whenFull: dropOldest</c>). Its coverage is durable before its file goes, so it
/// is never read again; a drop that was begun is gone through with. Owned by the tail worker.
/// </summary>
internal sealed class OldestDrop(OutputBuffer buffer)
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
        _begun ??= buffer.Backlog.TakeForDrop();
        if (_begun is not { } item)
        {
            return false;
        }

        ObjectHeader? header;
        using (var file = buffer.Directory.Open(item.FileName))
        {
            header = ObjectHeader.Read(file, item.FileName);
        }

        var reason = item.Attempted ? DropReason.BufferFullUnconfirmed : DropReason.BufferFull;
        if (header is null)
        {
            buffer.Positions.GiveUp(item.Seq);
        }
        else
        {
            buffer.Fold(header, reason);
        }

        ObjectFile.Remove(buffer.Directory, item.FileName, header?.FromReserve == true);
        _begun = null;
        buffer.Space.Add(-item.FileBytes);
        buffer.Backlog.Remove(item);
        buffer.Book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, reason);
        return true;
    }
}
