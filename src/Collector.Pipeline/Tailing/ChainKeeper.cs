using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>What a turn of a chain came to.</summary>
internal enum TurnResult
{
    /// <summary>There was nothing to read.</summary>
    Nothing,

    /// <summary>All that was there has been read.</summary>
    Some,

    /// <summary>The budget is used up: there may be more.</summary>
    More,
}

/// <summary>How a turn ended.</summary>
/// <param name="Result">What was read.</param>
/// <param name="IsWaiting">Something has to be still for a moment, or known, before it is read on.</param>
internal readonly record struct TurnOutcome(TurnResult Result, bool IsWaiting);

/// <summary>
/// One turn of a chain (DESIGN.md, The cycle, 3): look at its files, give outputs their cursors, read, move on at the ends of
/// generations, and account for what is gone. Owned by the tail worker.
/// </summary>
internal sealed class ChainKeeper(Follower follower, GenerationWatch watch, ChainReader reader, GenerationEnds ends, FileBudget budget, Silence silence, ChainMetadata metadata, bool isOnce)
{
    private bool _isWaiting;

    /// <summary>Takes one turn, reading at most <paramref name="bytes"/> bytes a cursor.</summary>
    public TurnOutcome Turn(Chain chain, long bytes)
    {
        metadata.Look(chain);
        if (chain.State == ChainState.Excluded)
        {
            ends.FinishExcluded(chain);
            return default;
        }

        reader.Sink.Begin(chain);
        follower.LookIfChanged(chain.Folder);
        watch.Look(chain);
        if (chain.State == ChainState.Waiting)
        {
            return new TurnOutcome(TurnResult.Nothing, IsWaiting: true);
        }

        _isWaiting = !chain.Folder.IsSettled;
        if (chain.Folder.IsSettled)
        {
            Attach(chain);
        }

        var result = TurnResult.Nothing;
        for (var i = chain.Cursors.Count - 1; i >= 0; i--)
        {
            var one = Run(chain, chain.Cursors[i], bytes);
            result = one > result ? one : result;
        }

        chain.RemoveIdleCursors();
        Merge(chain);
        _isWaiting |= ends.Finish(chain);
        return new TurnOutcome(result, _isWaiting);
    }

    /// <summary>Gives each waiting output a cursor at its first gap.</summary>
    private void Attach(Chain chain)
    {
        if (chain.Generations.Count == 0)
        {
            return;
        }

        for (var i = chain.Detached.Count - 1; i >= 0; i--)
        {
            var output = chain.Detached[i];
            if (!output.IsOpen || output.Failed || FirstUnread(chain, g => g.Covered[output.Index]) is not { } place)
            {
                continue;
            }

            if (!metadata.MayBegin(chain, place.Generation))
            {
                _isWaiting = true;
                continue;
            }

            chain.Detached.RemoveAt(i);
            var cursor = chain.Cursors.Find(c => c.CanServe(output, place.Generation, place.Offset));
            if (cursor is null)
            {
                chain.Cursors.Add(new Cursor(place.Generation, place.Offset, [output]));
            }
            else
            {
                cursor.Outputs.Add(output);
            }
        }

        if (chain.Outputs.Count == 0 && chain.Cursors.Count == 0 && FirstUnread(chain, g => g.Unwanted) is { } unread)
        {
            chain.Cursors.Add(new Cursor(unread.Generation, unread.Offset, []) { IsForNobody = true });
        }
    }

    private static (Generation Generation, long Offset)? FirstUnread(Chain chain, Func<Generation, IntervalSet> covered)
    {
        Generation? last = null;
        foreach (var generation in chain.Generations)
        {
            if (generation.HasEnded)
            {
                continue;
            }

            last = generation;
            var gap = covered(generation).FirstGap(0);
            if (gap < generation.Size)
            {
                return (generation, gap);
            }
        }

        return last is null ? null : (last, covered(last).FirstGap(0));
    }

    private TurnResult Run(Chain chain, Cursor cursor, long bytes)
    {
        var before = (cursor.Generation, cursor.Offset);
        while (bytes > 0)
        {
            var isOpen = !cursor.Generation.HasEnded && TryOpen(cursor.Generation);
            var outcome = isOpen ? reader.Read(chain, cursor, ref bytes) : ReadOutcome.AtEnd;
            if (outcome == ReadOutcome.Blocked || (outcome == ReadOutcome.AtEnd && !TryLeave(chain, cursor, isOpen)))
            {
                return before == (cursor.Generation, cursor.Offset) ? TurnResult.Nothing : TurnResult.Some;
            }
        }

        return TurnResult.More;
    }

    /// <summary>At the end of what is there. True when the cursor has moved on.</summary>
    private bool TryLeave(Chain chain, Cursor cursor, bool isOpen) =>
        chain.Folder.IsSettled && (isOpen ? AtEnd(chain, cursor) : TryMoveOn(chain, cursor, isReadable: false));

    private bool TryOpen(Generation generation)
    {
        if (generation.File is not null)
        {
            return true;
        }

        if (Follower.Open(generation) is not { } file)
        {
            return false;
        }

        budget.Open(generation, file);
        if (!generation.IsGzip)
        {
            GenerationWatch.UpdateFingerprint(generation);
        }

        return true;
    }

    /// <summary>DESIGN.md, When is a generation at its end?</summary>
    private bool AtEnd(Chain chain, Cursor cursor)
    {
        var generation = cursor.Generation;
        var next = NextWithBytes(chain, generation);
        var isUnterminated = cursor.LongLine is not null || cursor.Offset < generation.Size;
        var isContainerOver = next is null && HasContainerEnded(chain, generation);
        if (isUnterminated && !TakeUnterminated(chain, cursor, next, isContainerOver))
        {
            _isWaiting |= next is not null;
            return false;
        }

        if (next is not null || (generation.IsGone && chain.Next(generation) is not null))
        {
            return TryMoveOn(chain, cursor, isReadable: true);
        }

        var isOver = silence.Lasts(generation, generation.IsGone ? Silence.AtEndOf(generation) : Silence.GivenUp);
        if (cursor.HasPending && (isContainerOver || (isOver && (!isOnce || generation.IsGone))))
        {
            reader.TakePending(chain, cursor, RecordMarks.Partial);
        }

        if (isContainerOver && cursor.FlushedAt != cursor.Offset)
        {
            cursor.FlushedAt = cursor.Offset;
            cursor.Outputs.ForEach(l => l.ContainerEnded(chain.Key));
        }

        return false;
    }

    /// <summary>The API says that the newest container runs no more, and the runtime writes no more of what it had in hand.</summary>
    private bool HasContainerEnded(Chain chain, Generation generation) =>
        chain.Facts is { HasEnded: true } && generation.Restart == chain.FactsRestart && chain.FactsRestart == chain.NewestRestart && silence.Lasts(generation, Silence.Moment);

    private static Generation? NextWithBytes(Chain chain, Generation generation)
    {
        for (var next = chain.Next(generation); next is not null; next = chain.Next(next))
        {
            if (next.Size > 0 && !next.HasEnded)
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>Takes an unterminated line if it can grow no more. True when nothing unterminated is left.</summary>
    private bool TakeUnterminated(Chain chain, Cursor cursor, Generation? next, bool isContainerOver)
    {
        var generation = cursor.Generation;
        var isOver = chain.Source is FileSourceSettings file
            ? (!isOnce || next is not null) && silence.Lasts(generation, file.FlushPartialAfter)
            : isContainerOver || (generation.IsGone && silence.Lasts(generation, Silence.AtEndOf(generation))) || (next is not null && IsAbandoned(chain, generation, next));
        if (isOver)
        {
            reader.TakeUnterminated(chain, cursor);
        }

        return isOver && cursor.Offset >= generation.Size;
    }

    /// <summary>Its writer has gone on to the next file, for so long that it will not come back.</summary>
    private bool IsAbandoned(Chain chain, Generation generation, Generation next)
    {
        var time = isOnce ? Silence.Moment : Silence.GivenUp;
        return generation.IsGzip || (silence.Lasts(generation, time) && silence.HasBeenFilled(next, time));
    }

    private bool TryMoveOn(Chain chain, Cursor cursor, bool isReadable)
    {
        var generation = cursor.Generation;
        var next = chain.Next(generation);
        while (next is { HasEnded: true })
        {
            next = chain.Next(next);
        }

        // One that has a name and cannot be opened now is waited for.
        if (next is null || (!isReadable && !generation.HasEnded && generation.Name is not null))
        {
            return false;
        }

        if (!metadata.MayBegin(chain, next))
        {
            _isWaiting = true;
            return false;
        }

        if (cursor.HasPending && !SettlePending(chain, cursor, next))
        {
            return false;
        }

        if (next.Restart != generation.Restart)
        {
            cursor.Outputs.ForEach(l => l.ContainerEnded(chain.Key));
        }

        chain.MoveOn(cursor, next);
        budget.CloseBeyondLimit(generation);
        return true;
    }

    /// <summary>
    /// A run of partials goes on in the next file when that is the same container's and the old one is still (the runtime
    /// turns its two streams over one after the other); it ends with its container. False: not yet.
    /// </summary>
    private bool SettlePending(Chain chain, Cursor cursor, Generation next)
    {
        if (!cursor.Generation.HasEnded && !silence.Lasts(cursor.Generation, Silence.Moment))
        {
            _isWaiting = true;
            return false;
        }

        if (next.Restart != cursor.Generation.Restart)
        {
            reader.TakePending(chain, cursor, RecordMarks.Partial);
            return cursor.Outputs.Count > 0 || cursor.IsForNobody;
        }

        return true;
    }

    /// <summary>Cursors that stand at one place, with nothing pending, are one.</summary>
    private static void Merge(Chain chain)
    {
        for (var i = chain.Cursors.Count - 1; i > 0; i--)
        {
            var one = chain.Cursors[i];
            var other = one.IsBetweenRecords && one.Outputs.Count > 0 ? chain.Cursors.FindIndex(c => c.CanServe(one.Outputs[0], one.Generation, one.Offset)) : -1;
            if (other >= 0 && other < i)
            {
                chain.Cursors[other].Outputs.AddRange(one.Outputs);
                one.Dispose();
                chain.Cursors.RemoveAt(i);
            }
        }
    }
}
