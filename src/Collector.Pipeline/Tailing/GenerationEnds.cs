using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Ends deleted generations, and accounts for their unread bytes (DESIGN.md, What is lost). Owned by the tail worker.
/// </summary>
internal sealed partial class GenerationEnds(Silence silence, FileBudget budget, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>Two full scans without a name for it.</summary>
    private static readonly TimeSpan Unfound = TimeSpan.FromMinutes(1);

    /// <summary>After a turn: ends deleted generations that have been read, or can never be; closes idle ones.</summary>
    /// <returns>Whether a missing generation is looked for a moment longer.</returns>
    public bool Finish(Chain chain)
    {
        var isWaiting = false;
        foreach (var generation in chain.Generations)
        {
            if (generation.HasEnded)
            {
                continue;
            }

            CountUnreadable(chain, generation);
            if (generation.Name is null && generation.File is null)
            {
                isWaiting |= !TryFinishMissing(chain, generation);
            }
            else if (CanEnd(chain, generation))
            {
                End(chain, generation);
            }
            else if (IsIdle(chain, generation))
            {
                budget.Close(generation);
            }
        }

        if (chain.RestartGap is { } gap)
        {
            chain.RestartGap = null;
            chain.Outputs.ForEach(output => output.TryTellLost(gap));
        }

        FinishChain(chain);
        return isWaiting;
    }

    /// <summary>
    /// After a turn on a chain without outputs: when it has no name any more it has ended, and nothing of it is lost.
    /// </summary>
    public void FinishExcluded(Chain chain)
    {
        var isGone = clock.GetElapsedTime(chain.FoundAt) > Unfound;
        if (!isGone)
        {
            chain.GoneSince = 0;
        }
        else if (chain.GoneSince == 0)
        {
            chain.Generations.FindAll(g => !g.HasEnded).ForEach(g => End(chain, g));
            chain.GoneSince = clock.GetTimestamp();
        }
    }

    /// <summary>Gives a deleted file up: its unread bytes are lost, and counted.</summary>
    public void GiveUp(Chain chain, Generation generation)
    {
        var unread = generation.Unread(chain.Outputs);
        LogGivenUp(LogText.Shorten(generation.Location), unread);
        books.LostBytes(BytesLostReason.DeletedUnread, unread);
        End(chain, generation, BytesLostReason.DeletedUnread);
        chain.Reset();
    }

    /// <param name="chain">Whose.</param>
    /// <param name="generation">Which.</param>
    /// <param name="lost">How its unread bytes were lost; null: none are lost.</param>
    public void End(Chain chain, Generation generation, BytesLostReason? lost = null)
    {
        if (generation is { File: not null, Name: null, FormName: not null })
        {
            // A compressed form has taken its name while the descriptor was read. It is noted as this generation now, and stays
            // known when this end is forgotten.
            chain.Folder.Invalidate();
        }

        generation.End(clock.GetTimestamp());
        budget.Close(generation);
        foreach (var output in chain.Outputs)
        {
            output.TryEnd(generation, lost);
        }
    }

    /// <summary>Deleted, read, and silent for long enough.</summary>
    private bool CanEnd(Chain chain, Generation generation) =>
        generation.IsGone && chain.HasRead(generation) && silence.Lasts(generation, Silence.AtEndOf(generation)) &&
        !chain.Cursors.Exists(c => c.Generation == generation && (c.Joiner.HasPending || c.LongLine is not null));

    /// <summary>An existing old generation that needs no descriptor any more.</summary>
    private bool IsIdle(Chain chain, Generation generation) =>
        generation.File is not null && generation.Name is not null && chain.HasRead(generation) && silence.IsLeft(chain, generation) && !chain.Cursors.Exists(c => c.Generation == generation);

    /// <summary>
    /// It has no name and no descriptor. The directory may have changed while it was listed, so it is looked for a moment longer.
    /// </summary>
    private bool TryFinishMissing(Chain chain, Generation generation)
    {
        if (!chain.Folder.IsSettled || clock.GetElapsedTime(generation.MissingSince) < Silence.Moment)
        {
            chain.Folder.ListedAt = 0;
            return false;
        }

        var reason = generation.HasLostBytes ? BytesLostReason.Unreadable : BytesLostReason.RotatedAway;
        CountGone(chain, generation, reason);
        End(chain, generation, reason);
        return true;
    }

    /// <summary>
    /// R5: seen and unread bytes are lost, counted to the byte. A generation that was the newest when the last run ended may have
    /// grown since by an unknown amount: it is counted separately, whatever its successor holds.
    /// </summary>
    private void CountGone(Chain chain, Generation generation, BytesLostReason reason)
    {
        var unread = generation.Unread(chain.Outputs);
        books.LostBytes(reason, unread);
        if (unread > 0)
        {
            CountLostFile(chain, generation, FilesLostReason.GenerationGone);
            LogGone(LogText.Shorten(generation.Location), generation.HasLostBytes ? "truncated or rewritten" : "deleted", unread);
        }
        else if (generation is { IsWanted: true, IsVerified: false, WasNewest: true, Position: > 0 })
        {
            CountLostFile(chain, generation, FilesLostReason.MayHaveGrown);
            LogMayHaveGrown(LogText.Shorten(generation.Location), generation.HasLostBytes ? "truncated or rewritten" : "deleted", generation.Position);
        }
    }

    private void CountUnreadable(Chain chain, Generation generation)
    {
        if (generation.File is { DamagedAt: { } at } file && !generation.IsDamaged && !generation.IsPassedOver(chain.Outputs) && silence.Lasts(generation, Silence.Moment))
        {
            // A file that is still being written looks damaged, too, and was found a moment ago. Each run tells it, and one counts it.
            generation.IsDamaged = true;
            var bytes = file.LostBytes ?? 0;
            if (books.LostUnreadable($"damaged\n{generation.Identity.Inode} {generation.Identity.BirthTime} {(generation.Identity.BirthTime == 0 ? generation.Location : "")}", bytes))
            {
                TellLostFile(chain, generation, FilesLostReason.Unreadable);
                if (bytes > 0)
                {
                    var lost = new CoverageMap();
                    lost.GetOrAdd(generation.Identity).Add(at, at + bytes, default);
                    chain.Outputs.ForEach(output => output.TryTellLost(BytesLostReason.Unreadable, lost));
                }
            }

            LogDamaged(LogText.Shorten(generation.Location), at);
        }
    }

    /// <summary>Counts it, and lists it in the catalogs of the outputs that want the chain.</summary>
    private void CountLostFile(Chain chain, Generation generation, FilesLostReason reason)
    {
        books.LostFiles(reason, 1);
        TellLostFile(chain, generation, reason);
    }

    private static void TellLostFile(Chain chain, Generation generation, FilesLostReason reason) =>
        chain.Outputs.ForEach(output => output.TryTellLost(new LostFiles(reason, 1, chain.Key) { File = generation.Identity }));

    /// <summary>The container has ended when nothing of its chain is left to read.</summary>
    private void FinishChain(Chain chain)
    {
        var hasEnded = chain.Generations.Count > 0 && chain.Generations.TrueForAll(g => g.HasEnded);
        if (!hasEnded || chain.GoneSince != 0)
        {
            chain.GoneSince = hasEnded ? chain.GoneSince : 0;
            return;
        }

        chain.GoneSince = clock.GetTimestamp();
        chain.Reset();
        var restart = chain.Generations.Max(g => g.Restart);
        foreach (var output in chain.Outputs)
        {
            output.ContainerEnded(chain, restart);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} was deleted, and its {Unread} unread bytes are given up, because the unread bytes of all deleted files exceed buffer.maxDeletedUnread; the bytes are counted as lost")]
    private partial void LogGivenUp(string path, long unread);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was {What} before it was read to its end; {Unread} bytes that were seen but not read are counted as lost; if this happens again, let the rotation keep more files, or find out why the collector lags (collector status)")]
    private partial void LogGone(string path, string what, long unread);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was {What} while the collector was down; all {Bytes} bytes that the collector had seen were read; lines that were written later, if any, are lost")]
    private partial void LogMayHaveGrown(string path, string what, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be decompressed after byte {At}; the rest of the file is lost and counted as a lost file; other files of this log are still read; check the node's disk, and the program that compresses the file")]
    private partial void LogDamaged(string path, long at);
}
