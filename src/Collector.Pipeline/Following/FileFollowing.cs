using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Following;

/// <summary>
/// Decides which file is which generation (DESIGN.md beside this file, with the same letters). A function of the known generations
/// and the seen files: it changes nothing but the memory of comparisons that take several looks.
/// </summary>
internal static class FileFollowing
{
    /// <summary>Decides what every seen file is, and which known generations are lost.</summary>
    /// <param name="known">The generations that may appear here, including remembered ended ones.</param>
    /// <param name="seen">Regular files, no two of one path.</param>
    /// <param name="comparisons">Comparisons that take several looks; the caller settles them when the look holds.</param>
    /// <param name="now">The clock's timestamp.</param>
    /// <param name="times">How long doubts last.</param>
    public static LookResult Decide(IReadOnlyList<KnownFile> known, IReadOnlyList<SeenFile> seen, CopyComparisons comparisons, long now, in FollowingTimes times)
    {
        comparisons.Begin();
        var look = new Comparison(known, seen, comparisons, now, times);
        look.TellByInode();
        look.TellNameless();
        look.TellCompressed();
        look.TellCopies(ofEnded: false);
        look.TellUnderWay();
        look.TellCopies(ofEnded: true);
        look.LeaveToNextLook();
        look.TellNew();
        return look.Result;
    }

    /// <summary>Decides one look, step by step.</summary>
    private sealed class Comparison(IReadOnlyList<KnownFile> known, IReadOnlyList<SeenFile> seen, CopyComparisons comparisons, long now, FollowingTimes times)
    {
        private readonly HashSet<KnownFile> _found = new(ReferenceEqualityComparer.Instance);
        private readonly HashSet<KnownFile> _lost = new(ReferenceEqualityComparer.Instance);
        private readonly Dictionary<KnownFile, SeenFile> _whole = new(ReferenceEqualityComparer.Instance);
        private readonly List<SeenFile> _rest = [];

        /// <summary>A second name of an inode is ignored (S-128): one file is one generation.</summary>
        private readonly HashSet<FileIdentity> _inodes = [];

        public LookResult Result { get; } = new();

        /// <summary>
        /// R1 and R4. Of two names of one inode the writer's name has precedence, and a name that the source matches precedes one
        /// that it does not.
        /// </summary>
        public void TellByInode()
        {
            var byInode = known.Where(k => !k.HasLostBytes && k.Inode != 0).ToLookup(k => k.Inode);
            foreach (var file in seen.OrderBy(s => s.Role switch { NameRole.Live => 0, NameRole.Other => 1, _ => 2 }))
            {
                TellByInode(file, byInode[file.Status.Inode]);
            }
        }

        /// <summary>
        /// Known generations without a name here: a descriptor holds them, or they are deleted (R5), unless a copy appears.
        /// </summary>
        public void TellNameless()
        {
            foreach (var one in known)
            {
                if (one.IsElsewhere || _found.Contains(one) || _lost.Contains(one))
                {
                    continue;
                }

                var cause = LossCause.Gone;
                var isHeld = one is { Open: not null, OpenStatus: not null, HasLostBytes: false };
                if (isHeld && IsStillInDescriptor(one, out cause))
                {
                    Result.Nameless.Add(one);
                }
                else
                {
                    _lost.Add(one);
                    Result.Lost.Add(new LostFile(one, cause, isHeld ? HeldBy(one) : null));
                }
            }
        }

        /// <summary>It may have been truncated and written again before its name was removed.</summary>
        private static bool IsStillInDescriptor(KnownFile one, out LossCause cause)
        {
            (var verdict, _, cause) = KnownInode.Tell(one, HeldBy(one));
            return verdict != Verdict.New;
        }

        /// <summary>The content behind its descriptor.</summary>
        private static SeenFile HeldBy(KnownFile one) => new(one.Path, one.OpenStatus!.Value, NameRole.None, "", one.Restart, one.IsGzip, () => one.Open);

        /// <summary>
        /// R2: a file of another inode, under a name that no known writer writes to, may be the copy of a generation. If several
        /// agree, the pair with the longest common part wins: the shorter ones may have only the beginning in common. Among files
        /// with equally long common parts, those younger than the original go first, as a copy is.
        /// </summary>
        public void TellCopies(bool ofEnded)
        {
            var pairs = new List<(KnownFile One, SeenFile File)>();
            var comparing = new HashSet<SeenFile>();
            foreach (var file in _rest.Where(f => f.Role != NameRole.Live && f.Status.Size > 0 && !IsFormOfPlain(f)))
            {
                foreach (var one in known.Where(k => k.HasEnded == ofEnded && IsCandidate(k, file)))
                {
                    var answer = Compare(one, file);
                    if (answer == CopyAnswer.Equal)
                    {
                        pairs.Add((one, file));
                    }
                    else if (answer == CopyAnswer.NotYet || (answer == CopyAnswer.Cut && comparisons.IsToBeWaitedFor(file, originalLength: 0, now, times)))
                    {
                        comparing.Add(file);
                    }
                }
            }

            foreach (var (one, file) in pairs
                .OrderByDescending(p => CommonWith(p.One, p.File))
                .ThenByDescending(p => p.File.Status.Links > 0)
                .ThenByDescending(p => p.File.Status.BirthTime >= p.One.BirthTime)
                .ThenByDescending(p => p.File.KnownLength)
                .ThenByDescending(p => p.One.Ordinal)
                .ThenBy(p => p.File.Path, StringComparer.Ordinal))
            {
                if (!_found.Contains(one) && !comparing.Contains(file) && (ofEnded || !IsMoreOfAnEnded(file, one)) && !IsMoreOfAWhole(file, one) && _rest.Remove(file))
                {
                    Found(one, new FileVerdict(file, Verdict.Copy, one));
                }
            }

            foreach (var file in comparing)
            {
                _rest.Remove(file);

                // Bytes that its own inode lacks are not lost as long as it may be the copy.
                Result.Lost.RemoveAll(l => KnownInode.IsOfInode(l.Known, file) && IsBeginningOfCopied(l.Known, file));
                Result.IsComparing = true;
                Result.Files.Add(new FileVerdict(file, Verdict.Undecided));
            }
        }

        /// <summary>It has more in common with a generation that was read to its end: two logs may begin with one banner.</summary>
        private bool IsMoreOfAnEnded(SeenFile file, KnownFile one) =>
            known.Any(k => k.HasEnded && CommonWith(k, file) > CommonWith(one, file) && IsCandidate(k, file) && Compare(k, file) is CopyAnswer.Equal or CopyAnswer.NotYet);

        /// <summary>It has more in common with a file that has all its bytes: it is a copy of that one, maybe under way.</summary>
        private bool IsMoreOfAWhole(SeenFile file, KnownFile one) =>
            FindOriginal(file) is { } original && Math.Min(original.Status.Size, file.KnownLength) > CommonWith(one, file);

        /// <summary>How much of it can be compared: the part that was read, or all that its descriptor holds.</summary>
        private long KnownOf(KnownFile one) => IsInDescriptorAlone(one) ? one.OpenStatus!.Value.Size : one.Position;

        /// <summary>The length of the part that two have in common if they agree.</summary>
        private long CommonWith(KnownFile one, SeenFile file) => Math.Min(KnownOf(one), file.KnownLength);

        private bool IsInDescriptorAlone(KnownFile one) => !_lost.Contains(one) && one is { Open: not null, OpenStatus.Links: 0 };

        /// <summary>
        /// A file that equals a whole original: a copy is being made, with or without a truncation to follow. One that is deleted by now
        /// is a file of its own. The original may also
        /// be new: then only a file with a rotated name of the candidate's writer counts.
        /// </summary>
        public void TellUnderWay()
        {
            var writers = _rest.ToDictionary(f => f.Path, StringComparer.Ordinal);
            foreach (var file in _rest.Where(f => f is { Role: NameRole.Other, Status: { Size: > 0, Links: > 0 } }).ToList())
            {
                if (PlainOf(file) is { } plain && MayBecome(file, plain))
                {
                    // Still being written, or a form of another file: wait a minute.
                    TellBesidePlain(file, plain);
                    continue;
                }

                if (IsPerhapsOfElsewhere(file) && comparisons.IsToBeWaitedFor(file, originalLength: 0, now, times))
                {
                    _rest.Remove(file);
                    Result.Files.Add(new FileVerdict(file, Verdict.Undecided));
                    continue;
                }

                var original = FindOriginal(file) ?? (file.Path != file.Writer && writers.TryGetValue(file.Writer, out var writer) && AgreeUnknown(writer, file) ? writer : null);
                if (original is not null && comparisons.IsToBeWaitedFor(file, original.Status.Size, now, times))
                {
                    _rest.Remove(file);
                    Result.Files.Add(new FileVerdict(file, Verdict.Undecided));
                }
            }
        }

        /// <summary>An undecided file that is deleted, and of which there is a compressed form: that one counts.</summary>
        public void TellCompressed()
        {
            foreach (var file in _rest.FindAll(f => f.Status.Links == 0))
            {
                if (seen.Any(form => form.IsGzip && form.Status.Size > 0 && form.Content?.EndsWithLength(file.Status.Size) == true && MayBecome(form, file)))
                {
                    _rest.Remove(file);
                    Result.Files.Add(new FileVerdict(file, Verdict.Ignored));
                }
            }
        }

        /// <summary>
        /// Rewritten content that only its inode leads to is a generation from this look on. The next look finds its copy, maybe
        /// compressed, by the bytes.
        /// </summary>
        public void LeaveToNextLook()
        {
            if (Result.Lost.Exists(l => l.Successor is not null))
            {
                Result.IsComparing = true;
                foreach (var file in _rest.Where(f => f.Role == NameRole.Other).ToList())
                {
                    _rest.Remove(file);
                    Result.Files.Add(new FileVerdict(file, Verdict.Undecided));
                }
            }
        }

        /// <summary>R3. A compressed form that is empty is not written yet.</summary>
        public void TellNew()
        {
            foreach (var file in _rest)
            {
                var isEmptyForm = file.IsGzip && file.Status.Size == 0;
                var verdict = file.Role == NameRole.None || isEmptyForm ? Verdict.Ignored
                    : file.Content is null ? Verdict.Unreadable
                    : Verdict.New;
                Result.Files.Add(new FileVerdict(file, verdict));
            }
        }

        private void TellByInode(SeenFile file, IEnumerable<KnownFile> sameInode)
        {
            // One that was seen to lose its bytes may be there again, but what came after it is likelier.
            foreach (var one in sameInode.Where(k => KnownInode.IsSameInode(k, file)).OrderBy(k => k.LostAt != 0).ThenByDescending(k => k.Ordinal))
            {
                if (_found.Contains(one))
                {
                    Result.Files.Add(new FileVerdict(file, Verdict.Ignored, one));
                    return;
                }

                if (_lost.Contains(one))
                {
                    continue;
                }

                var (verdict, at, cause) = KnownInode.Tell(one, file);
                if (verdict == Verdict.New)
                {
                    // Under a name that proposes nothing, only the inode leads to the content: the descriptor, or the birth time,
                    // proves that it is the same.
                    _lost.Add(one);
                    var isProven = one is { Open: not null, OpenStatus: not null } || (one.BirthTime != 0 && !one.IsCompressed && !file.IsGzip && file.Status is { Size: > 0, BirthTime: not 0 });
                    var isSuccessor = file.Role == NameRole.None && isProven && !Result.Lost.Exists(l => l.Successor == file);
                    Result.Lost.Add(new LostFile(one, cause, isSuccessor ? file : null));
                    continue;
                }

                Found(one, new FileVerdict(file, verdict, one, at));
                _whole[one] = file;
                return;
            }

            if (_inodes.Add(file.Status.Identity))
            {
                _rest.Add(file);
            }
            else
            {
                Result.Files.Add(new FileVerdict(file, Verdict.Ignored));
            }
        }

        private void Found(KnownFile one, FileVerdict verdict)
        {
            _found.Add(one);
            Result.Files.Add(verdict);
            Result.Lost.RemoveAll(l => l.Known == one && (l.Cause == LossCause.Gone || KnownInode.IsOfInode(one, verdict.File)));
            Result.Nameless.Remove(one);

            // What is new in the inode of a lost generation is another known one.
            var replaced = Result.Lost.FindIndex(l => l.Successor == verdict.File);
            if (replaced >= 0)
            {
                Result.Lost[replaced] = Result.Lost[replaced] with { Successor = null };
            }
        }

        /// <summary>
        /// For a deleted file that is still open the bytes themselves are available; for any other only the read content is known.
        /// </summary>
        private CopyAnswer Compare(KnownFile one, SeenFile file) => IsInDescriptorAlone(one)
            ? comparisons.CompareWithOriginal(one, one.Open!, KnownOf(one), file, out _)
            : comparisons.CompareWithDigest(one, file);

        /// <summary>
        /// The generations whose bytes may be in a file of another inode: those that have lost their own, or have them in a deleted
        /// file only, and have not been given another name yet. One of another folder counts only if its inode was found here with
        /// other bytes: no look there can find its copy.
        /// </summary>
        private bool IsCandidate(KnownFile one, SeenFile file) =>
            file.MayBeOf(one.Restart) && !IsTooYoung(one, file) && !comparisons.WasWrittenOn(file, one.Position) && (!KnownInode.IsOfInode(one, file) || IsBeginningOfCopied(one, file)) && (!one.IsElsewhere || _lost.Contains(one)) && !_found.Contains(one) && (_lost.Contains(one) || one is { HasLostBytes: true } or { OpenStatus.Links: 0 });

        /// <summary>
        /// A copy is made before its original loses its bytes. A file that is older by its time of modification than by its birth is
        /// somebody's copy with the times of its original, made at any time. A file that was found beside the loss may be the copy
        /// whatever the clock says. A compressed form of a copy may be made later, too.
        /// </summary>
        private static bool IsTooYoung(KnownFile one, SeenFile file) =>
            one.LostAt != 0 && file.Status.BirthTime > one.LostAt && file.Status.ModificationTime >= file.Status.BirthTime && (one.IsGzip || !file.IsGzip) && !one.FoundBeside.Contains(file.Status.Birth);

        /// <summary>
        /// A copy that was accepted for the generation may lack the end of the read content: more was written, and read, between
        /// the copy and the truncation. All of it was read, so nothing is lost.
        /// </summary>
        private static bool IsBeginningOfCopied(KnownFile one, SeenFile file) =>
            !one.IsCompressed && !file.IsGzip && file.Status.Size < one.Position && one.SeenSize <= one.Position;

        /// <summary>It equals a generation of another folder. A look there finds out whether that one has lost its bytes.</summary>
        private bool IsPerhapsOfElsewhere(SeenFile file) =>
            known.Any(k => k.IsElsewhere && file.MayBeOf(k.Restart) && !k.HasEnded && !IsLongerThanWhole(file, k) && comparisons.CompareWithDigest(k, file) != CopyAnswer.Different);

        /// <summary>The generation has all its bytes, as its descriptor tells, and they are fewer: no copy of it is longer.</summary>
        private static bool IsLongerThanWhole(SeenFile file, KnownFile one) =>
            one is { Open: not null, OpenStatus: { } open, HasLostBytes: false, IsCompressed: false } && file.KnownLength is < long.MaxValue and var length && length > open.Size && IsStillInDescriptor(one, out _);

        private SeenFile? FindOriginal(SeenFile file)
        {
            foreach (var (one, original) in _whole)
            {
                if (!file.MayBeOf(one.Restart) || one.IsCompressed || (one.Open ?? original.Content) is not { } content)
                {
                    continue;
                }

                // Empty when it was last seen: its content by now is as unknown as the file.
                if (one.Fingerprint.Length == 0 && AgreeUnknown(original, file))
                {
                    return original;
                }

                var answer = comparisons.CompareWithOriginal(one, content, original.Status.Size, file, out var proven);
                if (answer == CopyAnswer.Equal && proven.Offset > 0)
                {
                    Result.Proven.Add(new ProvenPrefix(one, proven));
                }

                if (answer != CopyAnswer.Different && proven.Offset > 0)
                {
                    return original;
                }
            }

            return null;
        }

        /// <summary>The two are equal over all of the shorter, and neither is known.</summary>
        private bool AgreeUnknown(SeenFile original, SeenFile file)
        {
            if (original.IsGzip || original.Content is not { } content)
            {
                return false;
            }

            var unknown = new KnownFile { Id = new GenerationId(original.Status.Inode), Fingerprint = Fingerprint.Of(original.Head), SeenSize = original.Status.Size };
            return comparisons.CompareWithOriginal(unknown, content, original.Status.Size, file, out var proven) != CopyAnswer.Different && proven.Offset > 0;
        }

        private void TellBesidePlain(SeenFile file, SeenFile plain)
        {
            var isForm = IsFormOfPlain(file);
            if (isForm || comparisons.IsToBeWaitedFor(file, originalLength: 0, now, times))
            {
                _rest.Remove(file);
                Result.Files.Add(new FileVerdict(file, isForm || plain.Role == NameRole.None ? Verdict.Ignored : Verdict.Undecided));
            }
        }

        private SeenFile? PlainOf(SeenFile file) =>
            file.IsGzip ? seen.FirstOrDefault(s => s.Path.Length == file.Path.Length - 3 && file.Path.StartsWith(s.Path, StringComparison.Ordinal) && s.Role != NameRole.None) : null;

        /// <summary>
        /// Whether a compressed file can become a form of a plain one: its decompressed beginning equals the plain file's. A file
        /// that only has such a name by chance does not match.
        /// </summary>
        private static bool MayBecome(SeenFile form, SeenFile plain) => plain.Head.StartsWith(form.Head);

        /// <summary>
        /// <c>x</c> and <c>x.gz</c> with its head and length: a rotation is between writing the one and removing the other;
        /// <c>x</c> is read.
        /// </summary>
        private bool IsFormOfPlain(SeenFile file) =>
            PlainOf(file) is { } plain && file.Content?.EndsWithLength(plain.Status.Size) == true &&
            file.Head[..Math.Min(file.Head.Length, plain.Head.Length)].SequenceEqual(plain.Head[..Math.Min(file.Head.Length, plain.Head.Length)]);
    }
}
