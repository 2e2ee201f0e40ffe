using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>The result of a chain's turn.</summary>
internal enum TurnResult
{
    /// <summary>There was nothing to read.</summary>
    Nothing,

    /// <summary>Everything has been read.</summary>
    Some,

    /// <summary>The budget is used up: there may be more.</summary>
    More,
}

/// <summary>How a turn ended.</summary>
/// <param name="Result">What was read.</param>
/// <param name="IsWaiting">Something must be still for a moment, or known, before reading continues.</param>
internal readonly record struct TurnOutcome(TurnResult Result, bool IsWaiting)
{
    /// <summary>The sum of two parts of one turn: what was read by either, and what either waits for.</summary>
    public TurnOutcome With(TurnOutcome other) => new(other.Result > Result ? other.Result : Result, IsWaiting || other.IsWaiting);
}

/// <summary>The next step of a cursor that has read everything.</summary>
internal enum EndStep
{
    /// <summary>It stays; more may be written.</summary>
    Stays,

    /// <summary>It stays until something has been still for a moment, or more is known.</summary>
    Waits,

    /// <summary>It has moved to the next generation.</summary>
    MovedOn,
}

/// <summary>
/// One turn of a chain (DESIGN.md, The cycle, 3): look at its files, give outputs their cursors, read, move on at the ends of
/// generations, and account for deleted files. Owned by the tail worker.
/// </summary>
internal sealed class ChainKeeper(
    Follower follower, GenerationWatch watch, ChainReader reader, GenerationEnds ends, FileBudget budget, PendingBudget pending, Silence silence, ChainMetadata metadata, TimeProvider clock, bool isOnce)
{
    /// <summary>Runs one turn, reading at most <paramref name="bytes"/> bytes for each cursor.</summary>
    public TurnOutcome Turn(Chain chain, long bytes)
    {
        chain.TurnAt = clock.GetTimestamp();
        metadata.Update(chain);
        if (chain.State == ChainState.Excluded)
        {
            ends.FinishExcluded(chain);
            return default;
        }

        reader.Sink.Begin(chain);
        follower.LookForTurn(chain.Folder);
        watch.Check(chain);
        if (chain.State == ChainState.Waiting)
        {
            return new TurnOutcome(TurnResult.Nothing, IsWaiting: true);
        }

        var turn = new TurnOutcome(TurnResult.Nothing, chain.Folder.IsSettled ? Attach(chain) : true);
        for (var i = chain.Cursors.Count - 1; i >= 0; i--)
        {
            turn = turn.With(Run(chain, chain.Cursors[i], bytes));
        }

        chain.RemoveIdleCursors();
        Merge(chain);
        return turn.With(new TurnOutcome(TurnResult.Nothing, ends.Finish(chain)));
    }

    /// <summary>Every chain that is due is about to have a turn.</summary>
    public void BeginRound() => follower.BeginRound();

    /// <summary>
    /// Gives each waiting output a cursor at its first gap. True: one must wait until more is known of its container.
    /// </summary>
    private bool Attach(Chain chain)
    {
        if (chain.Generations.Count == 0)
        {
            return false;
        }

        var isWaiting = false;
        for (var i = chain.Detached.Count - 1; i >= 0; i--)
        {
            var output = chain.Detached[i];
            if (!output.IsOpen || output.Failed || FirstUnread(chain, g => g.Covered[output.Index]) is not { } place)
            {
                continue;
            }

            if (IsBehindEarlier(chain, place.Generation) || !metadata.MayBegin(chain, place.Generation))
            {
                isWaiting = true;
                continue;
            }

            chain.Detached.RemoveAt(i);
            var cursor = chain.Cursors.Find(c => c.CanServe(output, place.Generation, place.Offset));
            if (cursor is null)
            {
                chain.Cursors.Add(new Cursor(place.Generation, place.Offset, [output], pending));
            }
            else
            {
                cursor.Outputs.Add(output);
            }
        }

        if (chain.Outputs.Count == 0 && chain.Cursors.Count == 0 && FirstUnread(chain, g => g.Unwanted) is { } unread)
        {
            chain.Cursors.Add(new Cursor(unread.Generation, unread.Offset, [], pending) { IsForNobody = true });
        }

        return isWaiting;
    }

    /// <summary>
    /// I9: the container's previous run is read first, completely: a look at it since this chain was found shows how much that is.
    /// If it cannot be read for a minute, this chain waits no longer, unless the outputs take nothing: then they take nothing of
    /// this chain either. When the collector stops, a deleted file is read out of turn: it would be lost. Its successors still wait.
    /// </summary>
    private bool IsBehindEarlier(Chain chain, Generation generation)
    {
        if (chain.IsWaitOver && generation.IsGone)
        {
            return false;
        }

        // A run that wrote nothing blocks no other run, and proves nothing about the runs before it.
        for (var earlier = chain.Earlier; earlier is not null; earlier = earlier.Earlier)
        {
            var isRead = earlier.GoneSince != 0 || (earlier.TurnAt > chain.WaitsSince && earlier.Folder.IsSettled && earlier.IsReadToEnd);
            var isStuck = earlier.State == ChainState.Reading && earlier.Outputs.TrueForAll(o => o.IsOpen) && silence.IsSince(Math.Max(earlier.ReadAt, chain.WaitsSince), Silence.GivenUp);
            if (!isRead && !isStuck && earlier.State != ChainState.Excluded)
            {
                return true;
            }
        }

        chain.GoOnBehindEarlier();
        return false;
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

    private TurnOutcome Run(Chain chain, Cursor cursor, long bytes)
    {
        var before = (cursor.Generation, cursor.Offset);
        while (bytes > 0)
        {
            var isOpen = !cursor.Generation.HasEnded && TryOpen(cursor.Generation);
            var outcome = isOpen ? reader.Read(chain, cursor, ref bytes) : ReadOutcome.AtEnd;
            if (cursor.Offset > cursor.Generation.Size)
            {
                // It was written to after its size was noted: the silence before it is over.
                cursor.Generation.GrownAt = clock.GetTimestamp();
            }

            var step = outcome == ReadOutcome.AtEnd ? Leave(chain, cursor, isOpen) : EndStep.Stays;
            if (outcome == ReadOutcome.Blocked || (outcome == ReadOutcome.AtEnd && step != EndStep.MovedOn))
            {
                return new TurnOutcome(before == (cursor.Generation, cursor.Offset) ? TurnResult.Nothing : TurnResult.Some, step == EndStep.Waits);
            }
        }

        return new TurnOutcome(TurnResult.More, IsWaiting: false);
    }

    /// <summary>At the end of the existing content.</summary>
    private EndStep Leave(Chain chain, Cursor cursor, bool isOpen) =>
        !chain.Folder.IsSettled ? EndStep.Stays : isOpen ? AtEnd(chain, cursor) : MoveOn(chain, cursor, isReadable: false);

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
    private EndStep AtEnd(Chain chain, Cursor cursor)
    {
        var generation = cursor.Generation;
        var next = NextWithBytes(chain, generation);
        var isUnterminated = cursor.LongLine is not null || cursor.Offset < generation.Size;
        var isContainerOver = next is null && HasContainerEnded(chain, generation);
        if (isUnterminated && !ReadUnterminated(chain, cursor, next, isContainerOver))
        {
            return next is not null ? EndStep.Waits : EndStep.Stays;
        }

        if (next is not null || (generation.IsGone && chain.Next(generation) is not null))
        {
            return MoveOn(chain, cursor, isReadable: true);
        }

        var isOver = silence.Lasts(generation, generation.IsGone ? Silence.AtEndOf(generation) : Silence.GivenUp);
        if (cursor.Joiner.HasPending && (isContainerOver || (isOver && (!isOnce || generation.IsGone))))
        {
            reader.FlushPending(chain, cursor, RecordMarks.Partial);
        }

        if (isContainerOver && cursor.FlushedAt != cursor.Offset)
        {
            cursor.FlushedAt = cursor.Offset;
            cursor.Outputs.ForEach(l => l.ContainerEnded(chain, generation.Restart));
            if (chain.Facts is { HasEnded: true } && chain.HasRead(generation))
            {
                // If the next run of the collector finds it deleted, nothing is lost.
                chain.Outputs.ForEach(output => output.TryEnd(generation));
            }
        }

        return EndStep.Stays;
    }

    /// <summary>
    /// The API says that the newest container has ended, or a later run exists; and the runtime has finished writing.
    /// </summary>
    private bool HasContainerEnded(Chain chain, Generation generation) =>
        (chain.IsSucceeded || (chain.Facts is { HasEnded: true } && chain.FactsRestart == chain.NewestRestart && (!chain.IsKubelets || generation.Restart == chain.FactsRestart))) &&
        silence.Lasts(generation, Silence.Moment);

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

    /// <summary>Processes an unterminated line if it cannot grow any more. True when nothing unterminated is left.</summary>
    private bool ReadUnterminated(Chain chain, Cursor cursor, Generation? next, bool isContainerOver)
    {
        var generation = cursor.Generation;
        var isOver = chain.Source is FileSourceSettings file
            ? (!isOnce || next is not null) && silence.Lasts(generation, file.FlushPartialAfter)
            : isContainerOver || (generation.IsGone && silence.Lasts(generation, Silence.AtEndOf(generation))) || (next is not null && IsAbandoned(chain, generation, next));
        if (isOver)
        {
            reader.ReadUnterminated(chain, cursor);
        }

        return isOver && cursor.Offset >= generation.Size;
    }

    /// <summary>Its writer has used the next file for so long that it will not come back.</summary>
    private bool IsAbandoned(Chain chain, Generation generation, Generation next)
    {
        var time = isOnce ? Silence.Moment : Silence.GivenUp;
        return generation.IsGzip || (silence.Lasts(generation, time) && silence.HasBeenFilled(next, time));
    }

    private EndStep MoveOn(Chain chain, Cursor cursor, bool isReadable)
    {
        var generation = cursor.Generation;
        var next = chain.Next(generation);
        while (next is { HasEnded: true })
        {
            next = chain.Next(next);
        }

        // A generation with a name that cannot be opened now is waited for.
        if (next is null || (!isReadable && !generation.HasEnded && generation.Name is not null))
        {
            return EndStep.Stays;
        }

        if (IsBehindEarlier(chain, next) || !metadata.MayBegin(chain, next) || (cursor.Joiner.HasPending && IsStillWritten(generation)))
        {
            return EndStep.Waits;
        }

        // A run of partials continues in the next file of the same container, because the runtime rotates its two streams one after
        // the other. It ends with its container.
        if (cursor.Joiner.HasPending && next.Restart != generation.Restart)
        {
            reader.FlushPending(chain, cursor, RecordMarks.Partial);
            if (cursor.Outputs.Count == 0 && !cursor.IsForNobody)
            {
                return EndStep.Stays;
            }
        }

        if (next.Restart != generation.Restart)
        {
            cursor.Outputs.ForEach(l => l.ContainerEnded(chain, generation.Restart));
        }

        chain.MoveOn(cursor, next);
        budget.CloseBeyondLimit(generation);
        return EndStep.MovedOn;
    }

    private bool IsStillWritten(Generation generation) => !generation.HasEnded && !silence.Lasts(generation, Silence.Moment);

    /// <summary>Cursors at the same place, with nothing pending, are merged.</summary>
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
