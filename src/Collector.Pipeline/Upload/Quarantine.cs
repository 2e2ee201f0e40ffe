using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;

namespace Collector.Pipeline.Upload;

/// <summary>Objects that are kept, and not sent: damaged beyond rescue, or rejected while others are stored. Has a cap; beyond it the oldest is dropped, counted.</summary>
internal sealed class Quarantine(OutputBuffer buffer)
{
    private readonly Lock _lock = new();

    /// <summary>Puts an object of the backlog aside; durable on return.</summary>
    public void Take(BacklogItem item)
    {
        lock (_lock)
        {
            buffer.Directory.Rename(item.FileName, FileNames.Of(item.Seq, FileState.Quarantined));
            buffer.Directory.Sync();
            buffer.Space.Add(-item.FileBytes);
            buffer.Book.Quarantined(item.Records, item.FileBytes);
            buffer.Backlog.Remove(item);
            KeepWithinCap();
        }
    }

    private void KeepWithinCap()
    {
        var kept = buffer.Directory.ListFiles()
            .Where(name => FileNames.TryParse(name, out _, out var state) && state == FileState.Quarantined)
            .Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Bytes: BufferSpace.OnDisk(buffer.Directory.GetLength(name))))
            .ToList();
        var sum = kept.Sum(k => k.Bytes);
        foreach (var (name, bytes) in kept)
        {
            if (sum <= buffer.Settings.QuarantineMaxSize)
            {
                return;
            }

            Drop(name);
            sum -= bytes;
        }
    }

    /// <summary>Its coverage is durable before it goes: what is dropped is not read again.</summary>
    private void Drop(string name)
    {
        ObjectHeader? header;
        using (var file = buffer.Directory.Open(name))
        {
            header = ObjectHeader.Read(file, name);
        }

        if (header is not null)
        {
            buffer.Positions.Fold(header.Seq, header.OpenedAt, header.Coverage);
            buffer.Book.Dropped(header.Records, BufferSpace.OnDisk(header.BodyOffset + header.BodyLength), BufferState.Quarantined, DropReason.QuarantineFull);
        }

        buffer.Directory.Delete(name);
    }
}
