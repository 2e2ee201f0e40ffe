using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Buffer;

/// <summary>
/// Drops the oldest object of a full buffer (<c>whenFull: dropOldest</c>). The object's coverage is durable before its file is
/// deleted, so it is never read again. A drop that has begun is always finished. Owned by the tail worker.
/// </summary>
internal sealed class OldestDrop(OutputBuffer buffer)
{
    private BacklogItem? _begun;

    /// <summary>A failing disk has left a drop half done. The object belongs to this class until it is finished.</summary>
    public bool IsBegun => _begun is not null;

    /// <summary>
    /// Drops the oldest object without an attempt in flight; false when there is none. Throws <see cref="StorageException"/>, and
    /// continues where it failed when it is called again.
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
