using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Looks at the files of a chain before it is read: finds those that have grown, and those that have changed, so that their folder
/// must be looked at again. Owned by the tail worker.
/// </summary>
internal sealed class GenerationWatch(Follower follower, FileBudget budget, Silence silence, TimeProvider clock)
{
    /// <summary>
    /// How often an old generation is looked at that should not be written to any more: its writer may have slept for long, or may
    /// not know of the rotation.
    /// </summary>
    private static readonly TimeSpan OldPoll = TimeSpan.FromMinutes(1);

    /// <summary>The next turn continues.</summary>
    private const int MostLooks = 3;

    /// <summary>
    /// On return the size of every generation is younger than the last look, if that look holds. Otherwise a file that was empty
    /// when it was last seen, and has been written and rotated since, would be passed over for a file that the look has found.
    /// </summary>
    public void Check(Chain chain)
    {
        var isForAll = clock.GetElapsedTime(chain.AllWatchedAt) >= OldPoll;
        chain.AllWatchedAt = isForAll ? clock.GetTimestamp() : chain.AllWatchedAt;
        for (var looks = 0; HasAnyChanged(chain, isForAll) && looks < MostLooks; looks++)
        {
            // Truncated, rewritten, cut off or deleted: a look finds out which.
            chain.Folder.Invalidate();
            if (!follower.Look(chain.Folder))
            {
                // No cursor begins or leaves a generation in this turn.
                return;
            }
        }
    }

    /// <summary>
    /// Takes a longer fingerprint, when the file has become longer and still holds what was read: other content may have the same
    /// beginning. A file that is being read gets the first bytes that it has now: those that were seen and not read may have been
    /// replaced.
    /// </summary>
    /// <returns>False: its first bytes are other ones, and what was read of it is not in it any more.</returns>
    public static bool UpdateFingerprint(Generation generation, bool isBeingRead = false)
    {
        var known = generation.Identity.Fingerprint;
        if (generation.File is not { } file || generation.IsGzip || (known.Length == Fingerprint.MaxLength && !isBeingRead))
        {
            return true;
        }

        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        head = head[..file.Read(head, 0)];
        var isOther = known.Compare(head) < 0;
        if (!isOther && head.Length <= known.Length)
        {
            return true;
        }

        var isItself = FileGuard.Holds(generation.Guard, generation.GuardAt, file, generation.Chain.Folder.Names.Shrink);
        if (isItself && (isBeingRead || !isOther))
        {
            generation.Identity = generation.Identity with { Fingerprint = Fingerprint.Of(head) };
            generation.FirstTime = Candidate.TimeOfFirstLine(head);
        }

        return isItself;
    }

    /// <summary>Goes over all of them, whatever the first ones are: their sizes are noted.</summary>
    private bool HasAnyChanged(Chain chain, bool isForAll)
    {
        var hasAny = false;
        for (var i = 0; i < chain.Generations.Count; i++)
        {
            var generation = chain.Generations[i];
            if (!generation.HasEnded && !generation.HasLostBytes)
            {
                hasAny |= isForAll ? HasGone(chain, generation) || HasChanged(chain, generation) : IsInUse(chain, generation) && HasChanged(chain, generation);
            }
        }

        return hasAny;
    }

    /// <summary>A file that was moved into a directory that is no folder, and deleted there: only its name can tell.</summary>
    private static bool HasGone(Chain chain, Generation generation) => generation is { File: null, Name: not null } && !TryGetStatus(chain, generation, out _);

    private bool IsInUse(Chain chain, Generation generation) => !silence.IsLeft(chain, generation) || generation.Unread(chain.Outputs) > 0;

    /// <summary>Its bytes are not those that were read.</summary>
    private bool HasChanged(Chain chain, Generation generation) => !generation.IsGzip && TryGetStatus(chain, generation, out var status) && !IsAsBefore(chain, generation, status);

    private static bool TryGetStatus(Chain chain, Generation generation, out FileStatus status)
    {
        if (generation.File is { } file)
        {
            return file.TryGetStatus(out status);
        }

        status = default;
        return generation.Name is { } name && chain.Folder.Root.TryGetStatus(chain.PathOf(name.Name), out status) && generation.IsIn(status) && status.Kind == FileKind.Regular;
    }

    private bool IsAsBefore(Chain chain, Generation generation, FileStatus status)
    {
        generation.Links = status.Links;
        if (status.Size == generation.Size && status.ModificationTime == generation.ModifiedAt)
        {
            return true;
        }

        if (status.Size < generation.Size || !HoldsGuard(chain, generation))
        {
            return false;
        }

        var grew = status.Size > generation.Size;
        generation.Size = status.Size;
        generation.SawModified(status, clock);
        if (grew)
        {
            Grew(chain, generation);
        }

        return true;
    }

    private bool HoldsGuard(Chain chain, Generation generation)
    {
        if (generation.File is null && Follower.Open(generation) is { } opened)
        {
            budget.Open(generation, opened);
        }

        return generation.File is not { } file ||
            (generation.Guard.Length > 0 ? FileGuard.Holds(generation.Guard, generation.GuardAt, file, chain.Folder.Names.Shrink) : HasHead(generation, file));
    }

    /// <summary>Nothing of it is covered yet, but part of a record may have been read.</summary>
    private static bool HasHead(Generation generation, SourceFile file)
    {
        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        return generation.Identity.Fingerprint.Length == 0 || generation.Identity.Fingerprint.Compare(head[..file.Read(head, 0)]) >= 0;
    }

    private void Grew(Chain chain, Generation generation)
    {
        generation.GrownAt = clock.GetTimestamp();
        generation.FilledAt = generation.FilledAt == 0 ? generation.GrownAt : generation.FilledAt;
        UpdateFingerprint(generation);
        var index = chain.Generations.IndexOf(generation);
        if (chain.Cursors.Exists(c => chain.Generations.IndexOf(c.Generation) > index))
        {
            // It was written to although it has a successor.
            chain.Reset();
        }
    }
}
