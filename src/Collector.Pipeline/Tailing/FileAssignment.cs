using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Applies the verdicts of a look: gives generations their files, and takes wrong ones away. <see cref="FileFollowing"/> decides.
/// Owned by the tail worker.
/// </summary>
/// <param name="outputs">All outputs, whether or not they match.</param>
/// <param name="budget">Descriptors.</param>
/// <param name="books">Counts rotations and losses.</param>
/// <param name="clock">Tells when a file was seen to grow, or to be missing.</param>
/// <param name="logger">Logs what happened to a file.</param>
internal sealed partial class FileAssignment(IReadOnlyList<Output> outputs, FileBudget budget, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>Applies the verdict on a known generation's file.</summary>
    /// <param name="look">The look that found it.</param>
    /// <param name="verdict">The verdict on a known generation.</param>
    /// <param name="reordered">Receives the chains whose cursors must start again.</param>
    public void Apply(Look look, FileVerdict verdict, HashSet<Chain> reordered)
    {
        var generation = look.GenerationOf(verdict.Known!);
        var listed = look.ListedOf(verdict.File);
        if (generation is { IsVerified: false, FirstTime: 0 })
        {
            // Known from the positions, which have no times.
            generation.FirstTime = Candidate.TimeOfFirstLine(verdict.File.Head);
        }

        switch (verdict.Verdict)
        {
            case Verdict.Same:
                Give(look, generation, listed, reordered);
                break;
            case Verdict.Copy:
                AssignCopy(look, generation, verdict.File, reordered);
                break;
            case Verdict.Shrunk or Verdict.Collapsed:
                GoOnAt(look, generation, listed, verdict, reordered);
                break;
        }
    }

    /// <summary>
    /// Applies that a generation has lost its bytes; the new content of its inode may be a generation of its own.
    /// </summary>
    public void Lose(Look look, LostFile lost, HashSet<Chain> reordered)
    {
        var generation = look.GenerationOf(lost.Known);
        if (generation.SawLoss(clock, look.Strangers) && generation.HasEnded)
        {
            generation.Chain.Outputs.ForEach(output => output.TryEndAgain(generation));
        }

        if (lost.Successor is { } file)
        {
            Succeed(look, generation, file);
        }

        Lose(generation, lost.Cause, reordered);
    }

    /// <summary>
    /// Its inode holds other bytes, or it has no name. A copy may still be found, and is read before the new content.
    /// </summary>
    private void Lose(Generation generation, LossCause cause, HashSet<Chain> reordered)
    {
        if (generation.HasLostBytes || (cause == LossCause.Gone && generation.Name is null && generation.File is null))
        {
            return;
        }

        if (cause != LossCause.Gone)
        {
            LogTruncated(LogText.Shorten(generation.Location), cause == LossCause.Truncated ? "truncated" : "rewritten");
            generation.HasLostBytes = true;
        }

        LoseName(generation);
        budget.Close(generation);
        reordered.Add(generation.Chain);
    }

    /// <summary>It has no name any more.</summary>
    public void LoseName(Generation generation)
    {
        if (generation.Name is not null || generation.MissingSince == 0)
        {
            generation.MissingSince = clock.GetTimestamp();
        }

        generation.Name = null;
    }

    /// <summary>The new content of a known inode is a generation of its own. Without a name that this look has found it has only its descriptor.</summary>
    private void Succeed(Look look, Generation generation, SeenFile seen)
    {
        Open(look, generation, seen.Path, seen.Status.Inode, isGzip: false);
        if (generation.File is not { } file || !file.TryGetStatus(out var status))
        {
            return;
        }

        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        var chain = generation.Chain;
        var identity = generation.Identity with { Id = GenerationId.New(), Ordinal = chain.OrdinalBehind(generation), Fingerprint = Fingerprint.Of(head[..file.Read(head, 0)]) };
        var successor = new Generation(identity, outputs.Count, chain)
        {
            Restart = generation.Restart,
            Name = look.TryListedOf(seen) is { } listed ? NameIn(chain, listed) : null,
            Size = status.Size,
            Links = status.Links,
            GrownAt = clock.GetTimestamp(),
            FilledAt = clock.GetTimestamp(),
            MissingSince = clock.GetTimestamp(),
            IsVerified = true,
        };
        successor.SawModified(status, clock);
        FileBudget.Move(generation, successor);
        chain.Generations.Insert(chain.Generations.IndexOf(generation) + 1, successor);
        chain.Folder.Source.Add(successor);
    }

    /// <summary>The generation is the file under this name.</summary>
    public void Give(Look look, Generation generation, ListedFile listed, HashSet<Chain> reordered)
    {
        var (status, sibling) = (listed.Status, NameIn(generation.Chain, listed));
        if (generation.LostAt != 0)
        {
            generation.IsFound();
            generation.Chain.Outputs.ForEach(output => output.TryEndAgain(generation));
        }

        if (generation is { HasEnded: true, IsNoText: false })
        {
            // It was only out of sight: unmounted, moved away and back, or compressed since.
            generation.HasEnded = false;
            reordered.Add(generation.Chain);
        }

        if (generation.Name is { IsLive: true } && !sibling.IsLive)
        {
            books.Rotated();
        }

        generation.Chain.Folder.Source.Remove(generation);
        generation.Identity = generation.Identity with { Device = status.Device, Inode = status.Inode, BirthTime = status.BirthTime, Name = sibling.Name };
        generation.Chain.Folder.Source.Add(generation);
        generation.Name = sibling;
        generation.FormName = null;
        generation.Links = status.Links;
        generation.IsVerified = true;
        if (generation.GrownAt == 0)
        {
            generation.GrownAt = clock.GetTimestamp();
            generation.Size = generation.IsGzip ? SizeOf(look, generation, listed) : status.Size;
            generation.SawModified(status, clock);
            generation.FilledAt = generation.Size > 0 ? generation.GrownAt : 0;
        }

        Hold(look, generation, listed);
        GenerationWatch.UpdateFingerprint(generation);
    }

    /// <summary>Another file has its bytes, including the unread ones up to the end of that file.</summary>
    private void AssignCopy(Look look, Generation generation, SeenFile copy, HashSet<Chain> reordered)
    {
        var listed = look.ListedOf(copy);
        if (generation.File is not null && !generation.HasLostBytes)
        {
            // Its own file is still open, and is read to its end; the file with its name is a form of it.
            LoseName(generation);
            generation.FormName = NameIn(generation.Chain, listed);
            return;
        }

        LoseBehind(generation, copy.KnownLength);
        budget.Close(generation);
        generation.HasLostBytes = false;
        generation.IsGzip = listed.Proposal.Sibling.IsGzip;
        generation.Size = generation.IsGzip ? SizeOf(look, generation, listed) : listed.Status.Size;
        generation.SawModified(listed.Status, clock);
        reordered.Add(generation.Chain);
        Give(look, generation, listed, reordered);
        Note(generation);
    }

    /// <summary>What was seen behind the end of its copy, and not read, is in no file any more.</summary>
    private void LoseBehind(Generation generation, long end)
    {
        if (generation.IsGzip || generation.Size >= Generation.AnySize)
        {
            return;
        }

        long most = 0;
        foreach (var output in generation.Chain.Outputs)
        {
            var unread = generation.UnreadBy(output);
            unread.Remove(0, end);
            if (!unread.IsEmpty)
            {
                var lost = new CoverageMap();
                generation.AddTo(lost, unread);
                output.TrySkipLost(BytesLostReason.Unreadable, lost);
                generation.Covered[output.Index].Add(unread);
                most = Math.Max(most, unread.Total);
            }
        }

        if (most > 0)
        {
            books.LostBytes(BytesLostReason.Unreadable, most);
            LogShorterCopy(LogText.Shorten(generation.Location), most);
        }
    }

    /// <summary>
    /// Makes the generation's new inode durable at once, with the length up to which a copy that is shorter than the read content was
    /// equal: after a restart such a copy cannot be recognized otherwise. If this fails, a restart compares the copy again.
    /// </summary>
    public static void Note(Generation generation)
    {
        foreach (var output in generation.Chain.Outputs)
        {
            var entry = new CoverageMap();
            entry.GetOrAdd(generation.Identity).Add(generation.Digest);
            output.TrySkip(SkipReason.NoRecord, entry);
        }
    }

    /// <summary>
    /// The file continues at another place than the generation's position: under a new id, because the old coverage refers to bytes
    /// that have changed.
    /// </summary>
    private void GoOnAt(Look look, Generation old, ListedFile listed, FileVerdict verdict, HashSet<Chain> reordered)
    {
        var chain = old.Chain;
        if (look.Files.Open(listed.Path, listed.Status.Inode, isGzip: false) is not { } file)
        {
            return;
        }

        Span<byte> head = stackalloc byte[Fingerprint.MaxLength];
        var fingerprint = Fingerprint.Of(head[..file.Read(head, 0)]);

        // Where an output could not note this, the others have noted it under that id.
        var next = old.GoesOn is { } tried && tried.At == verdict.At && tried.Head.Rungs.SequenceEqual(fingerprint.Rungs) ? tried : new Continuation(GenerationId.New(), verdict.At, fingerprint);
        old.GoesOn = next;
        var identity = old.Identity with { Id = next.Id, Ordinal = chain.OrdinalBehind(old), Fingerprint = fingerprint, Name = NameIn(chain, listed).Name };
        var successor = new Generation(identity, outputs.Count, chain) { Restart = old.Restart, FirstTime = old.FirstTime, Format = old.Format };
        (successor.Digest, successor.Guard) = SkippedContent.Read(file, successor.Digest, verdict.At);
        successor.GuardAt = verdict.At;
        var shift = verdict.Verdict == Verdict.Collapsed ? old.GuardAt - verdict.At : 0;
        var followers = outputs.Where(o => !old.Covered[o.Index].IsEmpty || chain.Outputs.Contains(o)).ToList();
        foreach (var output in followers)
        {
            // Each output's coverage, moved to its new place; the rest of the file's content is read.
            var map = new CoverageMap();
            var entry = map.GetOrAdd(identity);
            foreach (var interval in old.Covered[output.Index].Items)
            {
                var (from, to) = (Math.Max(0, interval.From - shift), Math.Min(interval.To - shift, verdict.At));
                if (from < to)
                {
                    entry.Add(from, to, to == verdict.At ? successor.Guard : default);
                }
            }

            entry.Add(successor.Digest);
            if (!next.NotedBy.Contains(output.Index))
            {
                output.Skip(SkipReason.ShrunkSource, map);
                next.NotedBy.Add(output.Index);
            }

            successor.Covered[output.Index].Add(entry.Intervals);
        }

        // Nothing fails from here on: the old generation is left for good.
        var lostFrom = verdict.Verdict == Verdict.Shrunk ? Math.Max(verdict.At, listed.Status.Size) : long.MaxValue;
        var unread = old.UnreadFrom(lostFrom, chain.Outputs);
        foreach (var output in followers)
        {
            LeaveNothingUnread(old, output, lostFrom);
            output.TryEnd(old);
        }

        successor.Unwanted.Add(0, verdict.At);
        LogMoved(LogText.Shorten(old.Location), old.Position, verdict.At, unread);
        books.LostBytes(BytesLostReason.SourceShrunk, unread);
        budget.Close(old);
        old.HasLostBytes = true;
        old.SawLoss(clock, look.Strangers);
        old.Name = null;
        old.End(clock.GetTimestamp());
        chain.Generations.Insert(chain.Generations.IndexOf(old) + 1, successor);
        chain.Folder.Source.Add(successor);
        Give(look, successor, listed, reordered);
        reordered.Add(chain);
    }

    /// <summary>
    /// Bytes that an output lacks are read from the successor, or are counted by now; if a copy of the old generation appears, they
    /// must not be read from it.
    /// </summary>
    private static void LeaveNothingUnread(Generation old, Output output, long lostFrom)
    {
        var (moved, lost) = (new CoverageMap(), new CoverageMap());
        old.AddGaps(output, Math.Min(lostFrom, old.Size), moved);
        output.TrySkip(SkipReason.NoRecord, moved);
        old.Covered[output.Index].Add(0, Math.Min(lostFrom, old.Size));
        old.AddGaps(output, old.Size, lost);
        output.TrySkipLost(BytesLostReason.SourceShrunk, lost);
        old.Covered[output.Index].Add(0, old.Size);
    }

    /// <summary>The place in the chain from its name; a name of another folder or of an unknown form has none.</summary>
    public static SiblingName NameIn(Chain chain, ListedFile listed)
    {
        var name = Path.GetFileName(listed.Path);
        var isHere = (Path.GetDirectoryName(listed.Path) ?? "") == chain.Folder.Directory;
        return isHere && chain.Names.TryParse(name, out var sibling) ? sibling : SiblingName.Unknown(isHere ? name : "/" + listed.Path);
    }

    /// <summary>
    /// Keeps the descriptor of a file with unread bytes, or that is about to get its first, while enough descriptors are free: the
    /// file may be deleted before it is read.
    /// </summary>
    private void Hold(Look look, Generation generation, ListedFile listed)
    {
        var isWorthIt = generation.Size > 0 ? generation.Size > generation.Position || generation.Position == 0 : generation.Name is { IsLive: true };
        if (isWorthIt)
        {
            Open(look, generation, listed.Path, listed.Status.Inode, generation.IsGzip);
        }
    }

    private void Open(Look look, Generation generation, string path, ulong inode, bool isGzip)
    {
        // The descriptor of a deleted undecided file is held already, and is only handed on.
        if (generation.File is null && (budget.HasRoom || generation.Chain.Folder.Undecided.Find(path) is not null) && look.Files.Open(path, inode, isGzip) is not null && look.Files.Take(path) is { } file)
        {
            budget.Open(generation, file);
        }
    }

    /// <summary>A compressed file's size is known before it is read only if it is the position: then there is nothing to read.</summary>
    private static long SizeOf(Look look, Generation generation, ListedFile listed)
    {
        if (look.Files.Open(listed.Path, listed.Status.Inode, isGzip: true) is not GzipFile gzip)
        {
            return long.MaxValue;
        }

        generation.ToldSize = gzip.ToldLength ?? 0;
        return generation.Position > 0 && gzip.EndsWithLength(generation.Position) ? generation.Position : long.MaxValue;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was {How} in place; its new content is read from the beginning")]
    private partial void LogTruncated(string path, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was truncated or deleted, and the copy that was made of it is shorter than the file was; the last {Unread} bytes of the file were seen but not read, and are counted as lost; a rotation that renames the file, without copytruncate, loses nothing")]
    private partial void LogShorterCopy(string path, long unread);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} has lost bytes, as after a power failure or when its beginning was cut off; it had been read up to byte {Position}, and reading continues at byte {At}; {Unread} bytes that were seen but not read are counted as lost")]
    private partial void LogMoved(string path, long position, long at, long unread);
}
