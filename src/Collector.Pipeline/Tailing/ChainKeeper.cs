using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// One turn of a chain (DESIGN.md, The cycle, 3): look at its files, give outputs their cursors, read, move on at the ends of
/// generations, and account for what is gone. Owned by the tail worker.
/// </summary>
internal sealed partial class ChainKeeper(SiblingMatcher matcher, ChainReader reader, Books books, TimeProvider clock, bool isOnce, ILogger logger)
{
    /// <summary>How long an old generation may be written to behind its successor's back before it is looked at no more.</summary>
    private static readonly TimeSpan Lingering = TimeSpan.FromMinutes(2);

    /// <summary>Silence after which a line, or a run of partials, that was never finished is taken as it is.</summary>
    private static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(60);

    /// <summary>Silence after which nobody is between two writes.</summary>
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(1);

    /// <summary>Takes one turn, reading at most <paramref name="budget"/> bytes a cursor. True when something was read.</summary>
    public bool Turn(Chain chain, long budget)
    {
        if (SiblingMatcher.HasChanged(chain))
        {
            matcher.Refresh(chain);
        }

        reader.Sink.Begin(chain);
        Look(chain);
        Attach(chain);
        chain.IsWaiting = false;
        var progress = false;
        for (var i = chain.Cursors.Count - 1; i >= 0; i--)
        {
            progress |= Run(chain, chain.Cursors[i], budget);
        }

        chain.Cursors.RemoveAll(c => c.Lanes.Count == 0 && !c.IsForNobody);
        Merge(chain);
        Finish(chain);
        return progress;
    }

    /// <summary>Takes all cursors away: they are made anew from the coverage, with nothing pending.</summary>
    public static void Reset(Chain chain)
    {
        foreach (var cursor in chain.Cursors)
        {
            chain.Detached.AddRange(cursor.Lanes);
            cursor.Dispose();
        }

        chain.Cursors.Clear();
    }

    /// <summary>Gives a deleted file up: what is unread of it is lost, and counted.</summary>
    public void GiveUp(Chain chain, Generation generation)
    {
        LogGivenUp(LogText.Of(chain.Key), generation.Unread(chain.Lanes));
        books.LostBytes(BytesLostReason.DeletedUnread, generation.Unread(chain.Lanes));
        End(chain, generation);
        Reset(chain);
    }

    /// <summary>Whether the last write is that long ago, by our clock or, for a file that has a successor, by the file's.</summary>
    private bool IsStill(Chain chain, Generation generation, TimeSpan time) =>
        clock.GetElapsedTime(generation.GrownAt) >= time ||
        (chain.Next(generation) is not null && (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick - generation.ModifiedAt >= time.Ticks * TimeSpan.NanosecondsPerTick);

    private static bool IsGone(Generation generation) => generation.Name is null || generation.Links == 0;

    private void Look(Chain chain)
    {
        for (var i = 0; i < chain.Generations.Count; i++)
        {
            var generation = chain.Generations[i];
            if (!generation.HasEnded && !generation.IsGzip && (i == chain.Generations.Count - 1 || !IsStill(chain, generation, Lingering) || generation.Unread(chain.Lanes) > 0))
            {
                Look(chain, generation, i);
            }
        }
    }

    private void Look(Chain chain, Generation generation, int index)
    {
        if (!TryGetStatus(chain, generation, out var status))
        {
            return;
        }

        var grew = status.Size > generation.Size;
        generation.Links = status.Links;
        if (status.Size < generation.Position)
        {
            Shrunk(chain, generation, status);
            return;
        }

        if (status.Size != generation.Size || status.ModificationTime != generation.ModifiedAt)
        {
            generation.Size = status.Size;
            generation.ModifiedAt = status.ModificationTime;
            if (generation.File is not null && !chain.IsKubelets && !matcher.IsStill(generation))
            {
                Truncated(chain, generation);
                return;
            }
        }

        if (grew)
        {
            generation.GrownAt = clock.GetTimestamp();
            if (generation.File is not null)
            {
                matcher.UpdateFingerprint(generation);
            }

            if (chain.Cursors.Exists(c => chain.Generations.IndexOf(c.Generation) > index))
            {
                // Written to behind its successor's back.
                Reset(chain);
            }
        }
    }

    private static bool TryGetStatus(Chain chain, Generation generation, out FileStatus status)
    {
        if (generation.File is { } file)
        {
            return file.TryGetStatus(out status);
        }

        status = default;
        return generation.Name is { } name && chain.Root.TryGetStatus(chain.PathOf(name.Name), out status) && status.Inode == generation.Identity.Inode && status.Kind == FileKind.Regular;
    }

    /// <summary>
    /// Shorter than its position. A container's file lost its tail in a power failure: it goes on at its new end, under a new
    /// id, because the old coverage names bytes that will be others. Any other file was truncated: a new generation from 0.
    /// </summary>
    private void Shrunk(Chain chain, Generation old, FileStatus status)
    {
        if (!chain.IsKubelets || status.Size == 0)
        {
            Truncated(chain, old);
            return;
        }

        LogShrunk(LogText.Of(chain.Key), old.Position, status.Size);
        books.LostBytes(BytesLostReason.SourceShrunk, old.Position - status.Size);
        Reset(chain);
        var identity = old.Identity with { Id = GenerationId.New(), Ordinal = chain.NextOrdinal() };
        var successor = new Generation(identity, old.Covered.Length)
        {
            Name = old.Name,
            Restart = old.Restart,
            File = old.File,
            Size = status.Size,
            Links = status.Links,
            GrownAt = clock.GetTimestamp(),
            ModifiedAt = status.ModificationTime,
            IsVerified = true,
        };
        chain.Generations.Insert(chain.Generations.IndexOf(old) + 1, successor);
        old.File = null;
        old.Name = null;
        old.IsReplaced = true;
        foreach (var lane in chain.Lanes)
        {
            successor.Covered[lane.Index].Add(0, status.Size);
            var map = new CoverageMap();
            map.Of(identity).Add(0, status.Size, default);
            lane.Buffer.Positions.Fold(0, 0, map);
        }

        End(chain, old);
    }

    private void Truncated(Chain chain, Generation generation)
    {
        LogTruncated(LogText.Of(chain.Key));
        Reset(chain);
        SiblingMatcher.Replace(generation);
        matcher.Refresh(chain);
    }

    /// <summary>Gives each waiting output a cursor at its first gap.</summary>
    private static void Attach(Chain chain)
    {
        if (chain.Generations.Count == 0)
        {
            return;
        }

        for (var i = chain.Detached.Count - 1; i >= 0; i--)
        {
            var lane = chain.Detached[i];
            if (!lane.IsOpen || lane.Failed || FirstUnread(chain, lane) is not { } place)
            {
                continue;
            }

            chain.Detached.RemoveAt(i);
            var cursor = chain.Cursors.Find(c => c.Generation == place.Generation && c.Offset == place.Offset && !c.HasPending && c.LongLine is null);
            if (cursor is null)
            {
                chain.Cursors.Add(new Cursor(place.Generation, place.Offset, [lane]));
            }
            else
            {
                cursor.Lanes.Add(lane);
            }
        }

        if (chain.Lanes.Count == 0 && chain.Cursors.Count == 0 && chain.Generations.Find(g => !g.HasEnded) is { } first)
        {
            chain.Cursors.Add(new Cursor(first, 0, []) { IsForNobody = true });
        }
    }

    private static (Generation Generation, long Offset)? FirstUnread(Chain chain, Lane lane)
    {
        Generation? last = null;
        foreach (var generation in chain.Generations)
        {
            if (generation.HasEnded)
            {
                continue;
            }

            last = generation;
            var gap = generation.Covered[lane.Index].FirstGap(0);
            if (gap < generation.Size)
            {
                return (generation, gap);
            }
        }

        return last is null ? null : (last, last.Covered[lane.Index].FirstGap(0));
    }

    private bool Run(Chain chain, Cursor cursor, long budget)
    {
        var progress = false;
        do
        {
            if (cursor.Generation.HasEnded || !TryOpen(chain, cursor.Generation))
            {
                if (!TryMoveOn(chain, cursor, mustBeEnded: true))
                {
                    return progress;
                }

                continue;
            }

            switch (reader.Read(chain, cursor, ref budget))
            {
                case ReadOutcome.Blocked:
                    return progress;
                case ReadOutcome.Progress:
                    progress = true;
                    break;
                default:
                    var before = (cursor.Generation, cursor.Offset);
                    if (!AtEnd(chain, cursor))
                    {
                        return progress || before != (cursor.Generation, cursor.Offset);
                    }

                    progress = true;
                    break;
            }
        }
        while (budget > 0);
        return progress;
    }

    private bool TryOpen(Chain chain, Generation generation)
    {
        if (generation.File is not null)
        {
            return true;
        }

        if (generation.Name is not { } name || chain.Root.TryOpen(chain.PathOf(name.Name), out var handle, out var status) != OpenResult.Opened)
        {
            return false;
        }

        if (status.Inode != generation.Identity.Inode)
        {
            handle!.Dispose();
            chain.ListedAt = 0;
            return false;
        }

        generation.File = generation.IsGzip ? new GzipFile(handle!) : new PlainFile(handle!);
        if (!generation.IsGzip)
        {
            generation.Size = status.Size;
            matcher.UpdateFingerprint(generation);
        }

        return true;
    }

    /// <summary>At the end of what is there (DESIGN.md, When is a generation at its end?). True when the cursor has moved on.</summary>
    private bool AtEnd(Chain chain, Cursor cursor)
    {
        var generation = cursor.Generation;
        var next = NextWithBytes(chain, generation);
        var isUnterminated = cursor.LongLine is not null || cursor.Offset < generation.Size;
        if (isUnterminated && !TakeUnterminated(chain, cursor, next))
        {
            chain.IsWaiting |= next is not null;
            return false;
        }

        if (next is not null || (IsGone(generation) && chain.Next(generation) is not null))
        {
            return TryMoveOn(chain, cursor, mustBeEnded: false);
        }

        var silence = IsGone(generation) ? Still : GivenUp;
        if (cursor.HasPending && IsStill(chain, generation, silence) && (!isOnce || IsGone(generation)))
        {
            reader.TakePending(chain, cursor);
        }

        return false;
    }

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
    private bool TakeUnterminated(Chain chain, Cursor cursor, Generation? next)
    {
        var generation = cursor.Generation;
        var isOver = chain.Source is FileSourceSettings file
            ? (!isOnce || next is not null) && IsStill(chain, generation, file.FlushPartialAfter)
            : (next is not null && IsStill(chain, generation, isOnce ? Still : GivenUp)) || (IsGone(generation) && IsStill(chain, generation, Still)) || (generation.IsGzip && next is not null);
        if (isOver)
        {
            reader.TakeUnterminated(chain, cursor);
        }

        return isOver && cursor.Offset >= generation.Size;
    }

    private bool TryMoveOn(Chain chain, Cursor cursor, bool mustBeEnded)
    {
        var generation = cursor.Generation;
        var next = chain.Next(generation);
        while (next is { HasEnded: true })
        {
            next = chain.Next(next);
        }

        if (next is null || (mustBeEnded && !generation.HasEnded && generation.Name is not null))
        {
            return false;
        }

        if (cursor.HasPending && !SettlePending(chain, cursor, next))
        {
            return false;
        }

        if (next.Restart != generation.Restart)
        {
            foreach (var lane in cursor.Lanes.Where(l => l.Buffer.Settings.FlushOnContainerEnd))
            {
                lane.Buffer.CloseChain(chain.Key);
            }
        }

        cursor.Generation = next;
        cursor.Offset = cursor.IsForNobody ? 0 : cursor.Lanes.Min(l => next.Covered[l.Index].FirstGap(0));
        cursor.LongLine = null;
        return true;
    }

    /// <summary>
    /// A run of partials goes on in the next file when that is the same container's and the old one is still (the runtime
    /// turns its two streams over one after the other); it ends with its container. False: not yet.
    /// </summary>
    private bool SettlePending(Chain chain, Cursor cursor, Generation next)
    {
        if (!cursor.Generation.HasEnded && !IsStill(chain, cursor.Generation, Still))
        {
            chain.IsWaiting = true;
            return false;
        }

        if (next.Restart != cursor.Generation.Restart)
        {
            reader.TakePending(chain, cursor);
            return cursor.Lanes.Count > 0 || cursor.IsForNobody;
        }

        return true;
    }

    /// <summary>Cursors that stand at one place, with nothing pending, are one.</summary>
    private static void Merge(Chain chain)
    {
        for (var i = chain.Cursors.Count - 1; i > 0; i--)
        {
            var one = chain.Cursors[i];
            var other = chain.Cursors.FindIndex(c => c != one && c.Generation == one.Generation && c.Offset == one.Offset && !c.HasPending && c.LongLine is null);
            if (other >= 0 && other < i && !one.HasPending && one.LongLine is null)
            {
                chain.Cursors[other].Lanes.AddRange(one.Lanes);
                one.Dispose();
                chain.Cursors.RemoveAt(i);
            }
        }
    }

    /// <summary>Ends the generations that are gone and have been read, or can never be.</summary>
    private void Finish(Chain chain)
    {
        foreach (var generation in chain.Generations)
        {
            if (generation.HasEnded)
            {
                continue;
            }

            if (generation.Name is null && generation.File is null)
            {
                CountGone(chain, generation);
                End(chain, generation);
            }
            else if (IsGone(generation) && IsRead(chain, generation) && IsStill(chain, generation, generation.Links == 0 ? Still : GivenUp) &&
                !chain.Cursors.Exists(c => c.Generation == generation && (c.HasPending || c.LongLine is not null)))
            {
                End(chain, generation);
            }
            else if (generation.File is not null && chain.Next(generation) is not null && generation.Name is not null && IsRead(chain, generation) &&
                IsStill(chain, generation, Lingering) && !chain.Cursors.Exists(c => c.Generation == generation))
            {
                generation.CloseFile();
            }
        }

        CloseEnded(chain);
    }

    private static bool IsRead(Chain chain, Generation generation)
    {
        if (chain.Lanes.Count == 0)
        {
            return chain.Cursors.TrueForAll(c => c.Generation != generation || c.Offset >= generation.Size);
        }

        foreach (var lane in chain.Lanes)
        {
            if (generation.Covered[lane.Index].FirstGap(0) < generation.Size)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// A generation that no name and no descriptor leads to. If another was read behind it, it had been read to its end, as
    /// far as its size was seen; if not, how far it went is anybody's guess: a file lost.
    /// </summary>
    private void CountGone(Chain chain, Generation generation)
    {
        var unread = generation.Unread(chain.Lanes);
        if (unread > 0)
        {
            books.LostBytes(BytesLostReason.RotatedAway, unread);
        }

        var hasSuccessor = chain.Generations.Exists(g => g.Identity.Ordinal > generation.Identity.Ordinal && g.Position > 0);
        if (unread > 0 || (!generation.IsVerified && !hasSuccessor))
        {
            books.LostFiles(FilesLostReason.GenerationGone, 1);
            LogGone(LogText.Of(chain.Key), generation.Identity.Name, unread);
        }
    }

    private void End(Chain chain, Generation generation)
    {
        generation.HasEnded = true;
        generation.EndedAt = clock.GetTimestamp();
        generation.CloseFile();
        foreach (var lane in chain.Lanes)
        {
            lane.Buffer.Positions.End(generation.Identity.Id);
        }
    }

    /// <summary>The container has ended when nothing of its chain is left to read.</summary>
    private void CloseEnded(Chain chain)
    {
        if (!chain.Generations.TrueForAll(g => g.HasEnded) || chain.GoneSince != 0 || chain.Generations.Count == 0)
        {
            chain.GoneSince = chain.Generations.Count > 0 && chain.Generations.TrueForAll(g => g.HasEnded) ? chain.GoneSince : 0;
            return;
        }

        chain.GoneSince = clock.GetTimestamp();
        Reset(chain);
        foreach (var lane in chain.Lanes.Where(l => l.Buffer.Settings.FlushOnContainerEnd))
        {
            lane.Buffer.CloseChain(chain.Key);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Chain}: a deleted file is given up with {Unread} unread bytes, because all that are unread exceed buffer.maxDeletedUnread; the bytes are counted as lost")]
    private partial void LogGivenUp(string chain, long unread);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Chain}: the log is shorter ({Size} bytes) than what was read of it ({Position}), as after a power failure; reading goes on at its new end")]
    private partial void LogShrunk(string chain, long position, long size);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Chain}: truncated or rewritten; read from its beginning")]
    private partial void LogTruncated(string chain);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Chain}: {Name} is gone before it was read to its end; {Unread} bytes were seen unread; counted as lost")]
    private partial void LogGone(string chain, string name, long unread);
}
