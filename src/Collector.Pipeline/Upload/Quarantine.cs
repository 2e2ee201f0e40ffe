using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Upload;

/// <summary>
/// Objects that are kept, and not sent: damaged beyond rescue, or rejected while others are stored. Has a limit; above it the
/// oldest is dropped, counted. Thread safe.
/// </summary>
internal sealed partial class Quarantine(OutputBuffer buffer, DiskSteps disk, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly IStorageDirectory _directory = buffer.Directory;

    /// <summary>
    /// The objects that this process has quarantined, by file name: a damaged header does not have the information any more.
    /// </summary>
    private readonly Dictionary<string, (long Records, long Bytes)> _taken = new(StringComparer.Ordinal);

    /// <summary>Puts an object of the backlog aside; durable on return.</summary>
    public Task AddAsync(BacklogItem item, CancellationToken stop)
    {
        var name = FileNames.Format(item.Seq, FileState.Quarantined);
        var isRenamed = false;
        return disk.DoAsync(
            () =>
            {
                lock (_lock)
                {
                    if (!isRenamed)
                    {
                        _directory.Rename(item.FileName, name);
                        isRenamed = true;
                    }

                    _directory.Sync();
                    _taken[name] = (item.Records, item.FileBytes);
                    buffer.Space.Add(-item.FileBytes);
                    buffer.Book.Quarantined(item.Records, item.FileBytes);
                    TryKeepWithinCap();
                    buffer.Backlog.Remove(item);
                }
            },
            stop);
    }

    /// <summary>When the disk fails, more than the limit is kept until the next object comes.</summary>
    private void TryKeepWithinCap()
    {
        try
        {
            KeepWithinCap();
        }
        catch (StorageException e)
        {
            LogBeyondCap(buffer.Settings.Name, e.Message);
        }
    }

    private void KeepWithinCap()
    {
        var kept = _directory.ListFiles()
            .Where(name => FileNames.TryParse(name, out _, out var state) && state == FileState.Quarantined)
            .Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Bytes: BufferSpace.OnDisk(_directory.GetLength(name))))
            .ToList();
        var sum = kept.Sum(k => k.Bytes);
        foreach (var (name, bytes) in kept)
        {
            if (sum <= buffer.Settings.Shared.QuarantineMaxSize)
            {
                return;
            }

            Drop(name);
            sum -= bytes;
        }
    }

    /// <summary>Its coverage is durable before it is deleted: dropped records are not read again.</summary>
    private void Drop(string name)
    {
        ObjectHeader? header;
        using (var file = _directory.Open(name))
        {
            header = ObjectHeader.Read(file, name);
        }

        if (FileNames.TryParse(name, out var seq, out _))
        {
            // A hand-made copy has another object's seq: that object is not dropped with it.
            if (header?.Seq == seq)
            {
                buffer.Fold(header, DropReason.QuarantineFull);
            }
            else
            {
                buffer.Positions.GiveUp(seq);
            }
        }

        ObjectFile.Remove(_directory, name, header?.FromReserve == true);
        var (records, bytes) = _taken.Remove(name, out var taken) ? taken
            : header is not null && header.Seq == seq ? (header.BufferedRecords, BufferSpace.OnDisk(header.FileLength))
            : (0, 0);
        buffer.Book.Dropped(records, bytes, BufferState.Quarantined, DropReason.QuarantineFull);
        LogDropped(buffer.Settings.Name, name, records);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "output {Output}: the quarantine is larger than quarantineMaxSize, and its oldest objects cannot be dropped now: {Why}; the collector retries")]
    private partial void LogBeyondCap(string output, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "output {Output}: {Object} with {Records} records is dropped, because the quarantine has reached quarantineMaxSize; the records are counted as dropped; find out why the store rejects them, or raise quarantineMaxSize")]
    private partial void LogDropped(string output, string @object, long records);
}
