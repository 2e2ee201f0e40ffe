using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Storage;

namespace Collector.Pipeline.Upload;

/// <summary>The ways in which an object leaves the backlog. The new state is durable before the old one is deleted.</summary>
internal sealed class BacklogExits(OutputBuffer buffer, UploaderServices services, DiskSteps disk)
{
    private readonly IStorageDirectory _directory = buffer.Directory;

    /// <summary>Adds its coverage to the durable positions before it is sent; its catalog line waits for the answer.</summary>
    public Task FoldUnsentAsync(BacklogItem item, ObjectHeader header, CancellationToken stop) =>
        disk.DoAsync(() => buffer.Positions.Fold(item.Seq, item.OpenedAt, header.Coverage), stop);

    /// <summary>The store has it.</summary>
    public async Task StoredAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        await disk.DoAsync(() => buffer.Fold(header), stop).ConfigureAwait(false);
        await disk.DoAsync(() => ObjectFile.Remove(_directory, item.FileName, header.FromReserve), stop).ConfigureAwait(false);
        buffer.Stored(item, header);
    }

    /// <summary>Its one attempt failed. Its coverage was folded before that; its catalog line comes with the failure.</summary>
    public async Task DropAsync(BacklogItem item, ObjectHeader header, CancellationToken stop)
    {
        await disk.DoAsync(() => buffer.Fold(header, DropReason.AttemptFailed), stop).ConfigureAwait(false);
        await disk.DoAsync(() => ObjectFile.Remove(_directory, item.FileName, header.FromReserve), stop).ConfigureAwait(false);
        buffer.Space.Add(-item.FileBytes);
        buffer.Book.Dropped(item.Records, item.FileBytes, BufferState.Sealed, DropReason.AttemptFailed);
        buffer.Backlog.Remove(item);
    }

    /// <summary>Marks it durably as never sent.</summary>
    public Task UnmarkAsync(BacklogItem item, CancellationToken stop) => disk.DoAsync(() => Unmark(item), stop);

    /// <summary>Its key exists: a copy gets another key. The object is not marked as attempted.</summary>
    /// <param name="item">The replaced object.</param>
    /// <param name="header">Its own.</param>
    /// <param name="notBefore">When the copy may be sent.</param>
    /// <param name="moment">Of <see cref="TakenKeys"/>.</param>
    /// <param name="stop">Ends the retries of a failing step.</param>
    public async Task RenewKeyAsync(BacklogItem item, ObjectHeader header, long notBefore, long moment, CancellationToken stop)
    {
        var copy = ObjectFile.CopyWithNewKey(_directory, item.FileName, buffer.Positions);
        await disk.DoAsync(Removal(item, header), stop).ConfigureAwait(false);

        // An object that was sealed in place has become smaller.
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
    /// Gives an object up and deletes it, both durably; may be repeated until it succeeds. The seq comes first, so that the object
    /// is not used again even if the deletion fails.
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
            _directory.Rename(item.FileName, FileNames.Format(item.Seq, FileState.Object));
            item.Attempted = false;
            item.IsChecked = false;
        }

        _directory.Sync();
    }
}
