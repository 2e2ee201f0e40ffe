using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Upload;

/// <summary>The ways in which an object leaves the backlog. What leads out is durable before what it replaces is deleted.</summary>
internal sealed class BacklogExits(OutputBuffer buffer, UploaderServices services, DiskSteps disk)
{
    private readonly IStorageDirectory _directory = buffer.Directory;

    /// <summary>Makes its coverage part of the durable positions, before it is sent: what the catalog says of it waits for the answer.</summary>
    public Task FoldUnsentAsync(BacklogItem item, ObjectHeader header, CancellationToken stop) =>
        disk.DoAsync(() => buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage), stop);

    /// <summary>The store has it.</summary>
    public async Task StoredAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        await disk.DoAsync(() => buffer.Fold(header), stop).ConfigureAwait(false);
        await disk.DoAsync(() => ObjectFile.Remove(_directory, item.FileName, header.FromReserve), stop).ConfigureAwait(false);
        buffer.Stored(item, header);
    }

    /// <summary>Its one attempt failed. Its coverage was folded before that; its line of the catalog comes with the failure.</summary>
    public async Task DropAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        await disk.DoAsync(() => buffer.Fold(header, DropReason.AttemptFailed), stop).ConfigureAwait(false);
        await disk.DoAsync(() => ObjectFile.Remove(_directory, item.FileName, header.FromReserve), stop).ConfigureAwait(false);
        buffer.Space.Add(-item.FileBytes);
        buffer.Book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, DropReason.AttemptFailed);
        buffer.Backlog.Remove(item);
    }

    /// <summary>It is as if never sent, durably.</summary>
    public Task UnmarkAsync(BacklogItem item, CancellationToken stop) => disk.DoAsync(() => Unmark(item), stop);

    /// <summary>Its key is taken: a copy goes under another. The object is not marked as attempted.</summary>
    /// <param name="item">What is replaced.</param>
    /// <param name="header">Its own.</param>
    /// <param name="notBefore">When the copy may be sent.</param>
    /// <param name="moment">Of <see cref="TakenKeys"/>.</param>
    /// <param name="stop">Ends the repetition of a step that fails.</param>
    public async Task RenewKeyAsync(BacklogItem item, ObjectHeader header, long notBefore, long moment, CancellationToken stop)
    {
        var copy = ObjectFile.CopyWithNewKey(_directory, item.FileName, buffer.Positions);
        await disk.DoAsync(Removal(item, header), stop).ConfigureAwait(false);

        // What was sealed in place has become smaller.
        var bytes = Math.Min(item.FileBytes, BufferSpace.OnDisk(copy.FileLength));
        buffer.Space.Add(bytes - item.FileBytes);
        buffer.Book.GivenBack(0, item.FileBytes - bytes, BufferState.Sealed);
        buffer.Book.SentAgain();
        buffer.Backlog.Replace(item, new BacklogItem(copy.Seq, copy.OpenedAt, item.Prefix)
        {
            State = ItemState.Sealed,
            Records = item.Records,
            FileBytes = bytes,
            NotBefore = notBefore,
            RenewedAt = moment,
        });
    }

    /// <summary>Gives the coverage of a damaged object back, if the sources hold all of it.</summary>
    public async Task<UncoverResult> TryGiveBackAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        var result = await services.TryUncover(header.Coverage, () => buffer.Positions.GiveUp(item.Seq)).ConfigureAwait(false);
        if (result == UncoverResult.Uncovered)
        {
            await disk.DoAsync(Removal(item, header), stop).ConfigureAwait(false);
            buffer.Space.Add(-item.FileBytes);
            buffer.Book.GivenBack(item.Records, item.FileBytes, BufferState.Sealed);
            buffer.Backlog.Remove(item);
        }

        return result;
    }

    /// <summary>
    /// Gives an object up and deletes it, both durably; may be repeated until it has. The seq comes first: whatever becomes of
    /// the deletion, the object is not used again.
    /// </summary>
    private Action Removal(BacklogItem item, ObjectHeader header)
    {
        var (isGivenUp, isGone) = (false, false);
        return () =>
        {
            if (!isGivenUp)
            {
                buffer.Positions.GiveUp(item.Seq);
                isGivenUp = true;
            }

            if (!isGone)
            {
                ObjectFile.Remove(_directory, item.FileName, header.FromReserve);
                isGone = true;
            }

            _directory.Sync();
        };
    }

    private void Unmark(BacklogItem item)
    {
        if (item.Attempted)
        {
            _directory.Rename(item.FileName, FileNames.Of(item.Seq, FileState.Object));
            item.Attempted = false;
            item.IsChecked = false;
        }

        _directory.Sync();
    }
}
