using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Tailing.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Looks at the files of a chain before it is read: which have grown, shrunk, or been truncated in place. Owned by the tail
/// worker.
/// </summary>
internal sealed partial class GenerationWatch(SiblingMatcher matcher, Silence silence, GenerationEnds ends, Books books, TimeProvider clock, ILogger logger)
{
    public void Look(Chain chain)
    {
        for (var i = 0; i < chain.Generations.Count; i++)
        {
            var generation = chain.Generations[i];
            if (!generation.HasEnded && !generation.IsGzip && (!silence.IsLeft(chain, generation) || generation.Unread(chain.Lanes) > 0))
            {
                Look(chain, generation, i);
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

    private void Look(Chain chain, Generation generation, int index)
    {
        if (!TryGetStatus(chain, generation, out var status))
        {
            return;
        }

        var grew = status.Size > generation.Size;
        generation.Links = status.Links;
        if (status.Size < (chain.IsKubelets ? generation.Position : generation.Size))
        {
            Shrunk(chain, generation, status);
            return;
        }

        if (status.Size != generation.Size || status.ModificationTime != generation.ModifiedAt)
        {
            if (matcher.Recognition.IsRewritten(chain, generation, status))
            {
                Truncated(chain, generation);
                return;
            }

            generation.Size = status.Size;
            generation.ModifiedAt = status.ModificationTime;
        }

        if (grew)
        {
            Grew(chain, generation, index);
        }
    }

    private void Grew(Chain chain, Generation generation, int index)
    {
        generation.GrownAt = clock.GetTimestamp();
        generation.FilledAt = generation.FilledAt == 0 ? generation.GrownAt : generation.FilledAt;
        matcher.Recognition.UpdateFingerprint(generation);
        if (chain.Cursors.Exists(c => chain.Generations.IndexOf(c.Generation) > index))
        {
            // Written to behind its successor's back.
            chain.Reset();
        }
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

        if (old.File is null)
        {
            // Its cursor opens it, and it is looked at again.
            return;
        }

        // Durable before anything is read behind it, and before anything here changes: a full disk parks the chain.
        var identity = old.Identity with { Id = GenerationId.New(), Ordinal = chain.OrdinalBehind(old), Fingerprint = matcher.Recognition.FingerprintOf(old.File) };
        foreach (var lane in chain.Lanes)
        {
            var map = new CoverageMap();
            map.Of(identity).Add(0, status.Size, default);
            lane.Buffer.Positions.Skip(SkipReason.ShrunkSource, map);
        }

        LogShrunk(LogText.Of(chain.Key), old.Position, status.Size);
        books.LostBytes(BytesLostReason.SourceShrunk, old.Position - status.Size);
        chain.Reset();
        Succeed(chain, old, identity, status);
        ends.End(chain, old);
    }

    private void Succeed(Chain chain, Generation old, GenerationIdentity identity, FileStatus status)
    {
        var successor = new Generation(identity, old.Covered.Length)
        {
            Name = old.Name,
            Restart = old.Restart,
            FirstTime = old.FirstTime,
            FilledAt = clock.GetTimestamp(),
            File = old.File,
            Size = status.Size,
            Links = status.Links,
            GrownAt = clock.GetTimestamp(),
            ModifiedAt = status.ModificationTime,
            IsVerified = true,
        };
        successor.Unwanted.Add(0, status.Size);
        foreach (var lane in chain.Lanes)
        {
            successor.Covered[lane.Index].Add(0, status.Size);
        }

        chain.Generations.Insert(chain.Generations.IndexOf(old) + 1, successor);
        old.File = null;
        old.Name = null;
        old.IsReplaced = true;
    }

    private void Truncated(Chain chain, Generation generation)
    {
        matcher.Replace(chain, generation);
        matcher.Refresh(chain);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Chain}: the log is shorter ({Size} bytes) than what was read of it ({Position}), as after a power failure; reading goes on at its new end")]
    private partial void LogShrunk(string chain, long position, long size);
}
