using System.Text;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Following;

/// <summary>Which file is this: tables of what is known and what is seen, and what follows (design R1 to R7).</summary>
public class FollowingTests
{
    private const string Text = "1 one\n2 two\n3 three\n";
    private static readonly FollowingTimes s_times = new(Doubt: 60, Still: 5);
    private readonly CopyComparisons _comparisons = new(budget: 1 << 20);
    private long _now;

    /// <summary>R1: the same inode, not shorter than the position, with the bytes before it, under whatever name.</summary>
    [Theory]
    [InlineData("app.log", Text, "Same")]
    [InlineData("app.log.old", Text, "Same")]
    [InlineData("archive/app.log", Text + "4 four\n", "Same")]
    [InlineData("app.log", "1 one\n2 TWO\n3 three\n", "Same")]
    [InlineData("app.log", "\0\0\0\0\0\0\0\0\0\0\0\03 three\n", "New")]
    [InlineData("app.log", "x one\ny two\nz three\n", "New")]
    [InlineData("app.log", "", "New")]
    public void A_file_of_a_known_inode_is_known_by_the_bytes_before_its_position(string path, string content, string verdict)
    {
        // The guard covers at most 255 bytes: of so short a file all; "2 TWO" stands for a change that nothing guards.
        var known = Known(Text, guard: verdict == "Same" ? 8 : Text.Length);
        Assert.Equal(verdict, Decide([known], Seen(path, content, inode: 1)).Files.Single().Verdict.ToString());
    }

    /// <summary>
    /// R2: a copy that was taken for the generation may lack the end of what was read. Under its writer's name a file that became
    /// shorter was truncated (R4); and where more was seen than was read, something is lost.
    /// </summary>
    [Theory]
    [InlineData(NameRole.Other, "1 one\n", 0, Verdict.Copy)]
    [InlineData(NameRole.None, "1 one\n", 0, Verdict.Copy)]
    [InlineData(NameRole.Live, "1 one\n", 0, Verdict.New)]
    [InlineData(NameRole.Other, "1 one\n", 1, Verdict.New)]
    [InlineData(NameRole.Other, "1 one\n2 two", 0, Verdict.New)]
    [InlineData(NameRole.Other, "9 new\n", 0, Verdict.New)]
    internal void A_file_of_a_known_inode_that_is_the_beginning_of_what_was_read_is_its_copy(NameRole role, string content, int unread, Verdict verdict)
    {
        var known = Known(Text) with { SeenSize = Text.Length + unread };
        var look = Decide([known], Seen("app.log.1", content, inode: 1, role));
        Assert.Equal(verdict, look.Files.Single().Verdict);
        Assert.Equal(verdict == Verdict.Copy ? 0 : 1, look.Lost.Count);
    }

    /// <summary>The same where comparing takes several looks: meanwhile nothing is lost, and nothing is read anew.</summary>
    [Theory]
    [InlineData(NameRole.Other)]
    [InlineData(NameRole.None)]
    internal void A_large_one_is_undecided_until_it_is_compared(NameRole role)
    {
        var text = string.Concat(Enumerable.Range(0, 400_000).Select(i => $"{i:d8}\n"));
        var copy = Seen("app.log.1", text[..(2 << 20)], inode: 1, role);

        var first = Decide([Known(text)], copy);
        Assert.Equal((Verdict.Undecided, 0, true), (first.Files.Single().Verdict, first.Lost.Count, first.IsComparing));

        var second = Decide([Known(text)], copy);
        Assert.Equal((Verdict.Copy, 0), (second.Files.Single().Verdict, second.Lost.Count));
    }

    /// <summary>R4: only a container's log goes on at its new end, and only with its own first line.</summary>
    [Theory]
    [InlineData(ShrinkRule.GoOnAtEnd, "1 one\n2 t", Verdict.Shrunk)]
    [InlineData(ShrinkRule.GoOnAtEnd, "9 new\n2 t", Verdict.New)]
    [InlineData(ShrinkRule.GoOnAtEnd, "1 one\n9 new\n", Verdict.Shrunk)]
    [InlineData(ShrinkRule.GoOnAtEnd, "", Verdict.New)]
    [InlineData(ShrinkRule.BeginAnew, "1 one\n2 t", Verdict.New)]
    internal void A_file_that_is_shorter_than_its_position_lost_its_tail_or_was_written_again(ShrinkRule shrink, string content, Verdict verdict)
    {
        var file = Decide([Known(Text) with { Shrink = shrink }], Seen("0.log", content, inode: 1)).Files.Single();
        Assert.Equal(verdict, file.Verdict);
        Assert.Equal(verdict == Verdict.Shrunk ? content.Length : 0, file.At);
    }

    /// <summary>R4: what was seen behind the position is gone, or a part of it: the file goes on there under another id, so that it is counted once.</summary>
    [Theory]
    [InlineData("", Verdict.Shrunk)]
    [InlineData("4 fo", Verdict.Shrunk)]
    [InlineData("4 four\n", Verdict.Same)]
    internal void A_file_that_lost_only_what_was_not_read_goes_on_at_its_position(string rest, Verdict verdict)
    {
        var file = Decide([Known(Text) with { SeenSize = Text.Length + 7 }], Seen("app.log", Text + rest, inode: 1)).Files.Single();
        Assert.Equal((verdict, verdict == Verdict.Shrunk ? Text.Length : 0), (file.Verdict, file.At));
    }

    /// <summary>S-128: a hard link, and an inode that was given to another file.</summary>
    [Fact]
    public void Two_names_of_one_inode_are_one_file_and_another_birth_time_is_another()
    {
        var linked = Decide([Known(Text)], Seen("app.log", Text, inode: 1, NameRole.Live), Seen("link.log", Text, inode: 1));
        Assert.Equal([Verdict.Same, Verdict.Ignored], linked.Files.Select(f => f.Verdict));
        var unknown = Decide([], Seen("a.log", Text, inode: 3), Seen("b.log", Text, inode: 3));
        Assert.Equal([("a.log", Verdict.New), ("b.log", Verdict.Ignored)], unknown.Files.Select(f => (f.File.Path, f.Verdict)).Order());
        var copied = Decide([Known(Text) with { HasLostBytes = true }, Known("1 one\n", inode: 2) with { HasLostBytes = true }], Seen("link.log", Text, inode: 3, NameRole.None), Seen("app.log.1", Text, inode: 3));
        Assert.Equal([("app.log.1", Verdict.Copy), ("link.log", Verdict.Ignored)], copied.Files.Select(f => (f.File.Path, f.Verdict)).Order());
        var reused = Decide([Known(Text) with { BirthTime = 5 }], Seen("app.log", Text, inode: 1, NameRole.Live));
        Assert.Equal((Verdict.New, LossCause.Gone), (reused.Files.Single().Verdict, reused.Lost.Single().Cause));
    }

    /// <summary>A copy may get the number of the inode that its original had.</summary>
    [Theory]
    [InlineData(Text, Verdict.Copy)]
    [InlineData("other\n", Verdict.New)]
    internal void A_copy_with_the_number_of_its_originals_inode_is_a_copy(string content, Verdict verdict)
    {
        var look = Decide([Known(Text) with { BirthTime = 5 }], Seen("app.log.1", content, inode: 1));
        Assert.Equal((verdict, LossCause.Gone), (look.Files.Single().Verdict, look.Lost.SingleOrDefault(new LostFile(null!, LossCause.Gone)).Cause));
    }

    /// <summary>R1: a reboot may give every device another number; a file that was met since has the one that it has.</summary>
    [Theory]
    [InlineData(false, Text + "4 four\n", Verdict.Same)]
    [InlineData(false, "another's\n2 two\n3 three\n", Verdict.New)]
    [InlineData(true, Text + "4 four\n", Verdict.New)]
    internal void A_known_inode_on_another_device_counts_once_and_with_its_head(bool isVerified, string content, Verdict verdict)
    {
        var look = Decide([Known(Text) with { Device = 7, IsVerified = isVerified }], Seen("app.log", content, inode: 1, NameRole.Live));
        Assert.Equal(verdict, look.Files.Single().Verdict);
    }

    /// <summary>R2: a copy agrees over all of the shorter of position and file, and its original has lost its bytes.</summary>
    [Theory]
    [InlineData(Text, Verdict.Copy)]
    [InlineData(Text + "4 four\n", Verdict.Copy)]
    [InlineData("1 one\n2 two\n3 other\n", Verdict.New)]
    [InlineData("1 one\n2 two\n", Verdict.New)]
    [InlineData("1 one\n", Verdict.Copy)]
    internal void A_rotated_file_is_what_is_left_of_a_lost_generation_if_all_of_the_shorter_agrees(string content, Verdict verdict)
    {
        // At the end of the first line there is a checkpoint; at the end of the second there is none, so nothing is proven there.
        var look = Decide([Known(Text)], Seen("app.log", "new\n", inode: 1, NameRole.Live), Seen("app.log.1", content, inode: 2));
        Assert.Equal(verdict, look.Files.Single(f => f.File.Path == "app.log.1").Verdict);
        Assert.Equal(Verdict.New, look.Files.Single(f => f.File.Path == "app.log").Verdict);
    }

    /// <summary>R3, S-37: equal content under the name that the writer writes to is new content.</summary>
    [Fact]
    public void A_live_name_with_another_inode_is_new_content()
    {
        var look = Decide([Known(Text)], Seen("app.log", Text, inode: 2, NameRole.Live));
        Assert.Equal((Verdict.New, LossCause.Gone), (look.Files.Single().Verdict, look.Lost.Single().Cause));
    }

    /// <summary>S-124: equal heads prove nothing.</summary>
    [Fact]
    public void Of_several_lost_generations_with_one_banner_each_copy_is_its_own()
    {
        var banner = new string('=', 700) + "\n";
        KnownFile[] known = [Known(banner + "a\n", inode: 1), Known(banner + "b\n", inode: 2), Known(banner, inode: 3)];
        var look = Decide(known, Seen("x.2", banner + "b\nmore\n", inode: 12), Seen("x.1", banner + "a\n", inode: 11), Seen("x.3", banner + "c\n", inode: 13));
        Assert.Equal([("x.1", 1UL), ("x.2", 2UL), ("x.3", 3UL)], look.Files.Where(f => f.Verdict == Verdict.Copy).Select(f => (f.File.Path, f.Known!.Inode)).Order());
    }

    /// <summary>A file that both a lost generation and one that was read to its end agree with is the copy of the one with more in common, or else of the lost one.</summary>
    [Theory]
    [InlineData("1 one\n", "1 one\n", 2)]
    [InlineData("1 one\n", "1 one\n2 two\n3 three\n", 1)]
    public void A_copy_is_that_of_an_ended_generation_only_if_it_has_more_in_common_with_it(string lost, string content, ulong inode)
    {
        KnownFile[] known = [Known(Text) with { HasEnded = true, HasLostBytes = true }, Known(lost, inode: 2) with { HasLostBytes = true }];
        Assert.Equal(inode, Decide(known, Seen("app.log.1", content, inode: 3)).Files.Single(f => f.Verdict == Verdict.Copy).Known!.Inode);
    }

    /// <summary>A copy under way is waited for, a minute; not longer than its original goes on without it.</summary>
    [Fact]
    public void A_copy_beside_its_whole_original_is_undecided_until_a_minute_has_passed_or_the_original_goes_on()
    {
        Verdict Copy(string original) => Decide([Known(Text)], Seen("app.log", original, inode: 1, NameRole.Live), Seen("app.log.1", Text, inode: 2)).Files.Single(f => f.File.Path == "app.log.1").Verdict;
        Assert.Equal(Verdict.Undecided, Copy(Text));
        _now = 59;
        Assert.Equal(Verdict.Undecided, Copy(Text));
        _now = 61;
        Assert.Equal(Verdict.New, Copy(Text));
        _now = 100;
        Assert.Equal(Verdict.Undecided, Copy(Text));
        _now = 106;
        Assert.Equal(Verdict.New, Copy(Text + "4 four\n"));
    }

    /// <summary>R3: somebody writes into an undecided file that was as long as its original: nobody does that to a copy. But a copy is made again.</summary>
    /// <param name="read">Of the original, by the time when it is lost.</param>
    /// <param name="grown">The undecided file then.</param>
    /// <param name="isCopy">Which is right.</param>
    [Theory]
    [InlineData(Text, Text + "its own\n", false)]
    [InlineData(Text, Text, true)]
    [InlineData(Text + "4 four\n", Text + "4 four\n5 five\n", true)]
    public void An_undecided_file_that_was_written_on_is_no_copy(string read, string grown, bool isCopy)
    {
        Decide([Known(Text)], Seen("app.log", Text, inode: 1, NameRole.Live), Seen("other.log", Text, inode: 2));
        _now = 5;
        Assert.Equal(isCopy ? Verdict.Copy : Verdict.New, Decide([Known(read)], Seen("app.log", "", inode: 1, NameRole.Live), Seen("other.log", grown, inode: 2)).Files.Single(f => f.File.Path == "other.log").Verdict);
    }

    /// <summary>R1: of two generations that an inode has had, the one that has not lost its bytes is likelier, whichever log it is of.</summary>
    [Fact]
    public void Of_two_known_generations_of_an_inode_the_one_that_was_not_lost_is_found()
    {
        KnownFile[] known = [Known(Text) with { Ordinal = 9, LostAt = 5 }, Known(Text + "4 four\n") with { Ordinal = 1 }];
        Assert.Equal(1, Decide(known, Seen("app.log", Text + "4 four\n", inode: 1, NameRole.Live)).Files.Single(f => f.Verdict == Verdict.Same).Known!.Ordinal);
    }

    /// <summary>R2: one file is the copy of a lost generation. Another with the same bytes is a file of its own, and is read.</summary>
    [Fact]
    public void Of_two_equal_copies_of_one_lost_generation_one_is_its_copy_and_the_other_is_new()
    {
        var look = Decide([Known(Text)], Seen("app.log.1", Text + "4 four\n", inode: 2), Seen("app.log.2", Text, inode: 3));
        Assert.Equal([("app.log.1", Verdict.Copy), ("app.log.2", Verdict.New)], look.Files.Select(f => (f.File.Path, f.Verdict)).Order());
    }

    /// <summary>R2, R3: a copy is made before its original loses its bytes, so equal bytes in a file that was born later are new ones.</summary>
    /// <param name="birth">Of the file, when its original had lost its bytes by 10.</param>
    /// <param name="modified">As its time of modification.</param>
    /// <param name="isBeside">It was there when the loss was noticed.</param>
    /// <param name="verdict">The right one.</param>
    [Theory]
    [InlineData(10, 10, false, Verdict.Copy)]
    [InlineData(11, 11, false, Verdict.New)]
    [InlineData(11, 12, false, Verdict.New)]
    [InlineData(11, 11, true, Verdict.Copy)]
    [InlineData(11, 5, false, Verdict.Copy)]
    [InlineData(0, 12, false, Verdict.Copy)]
    internal void A_file_that_was_born_after_the_loss_is_no_copy(long birth, long modified, bool isBeside, Verdict verdict)
    {
        var file = Seen("app.log.1", Text, inode: 2, birth: birth, modified: modified);
        var lost = Known(Text) with { HasLostBytes = true, LostAt = 10, FoundBeside = isBeside ? [file.Status.Birth] : [] };
        Assert.Equal(verdict, Decide([lost], file).Files.Single().Verdict);
        Assert.Equal(verdict, Decide([lost with { HasEnded = true }], file).Files.Single().Verdict);
    }

    /// <summary>A compressed form is made of a copy, at any time; of what was compressed already it is a copy like any other.</summary>
    [Theory]
    [InlineData(false, Verdict.Copy)]
    [InlineData(true, Verdict.New)]
    internal void A_compressed_form_may_be_born_after_the_loss(bool wasCompressed, Verdict verdict)
    {
        var lost = Known(Text) with { HasLostBytes = true, LostAt = 10, IsGzip = wasCompressed };
        Assert.Equal(verdict, Decide([lost], Seen("app.log.1.gz", Text, inode: 2, birth: 11, modified: 11, isGzip: true)).Files.Single().Verdict);
    }

    /// <summary>Of a deleted file that is open the kernel tells the moment, before any look has noticed.</summary>
    [Theory]
    [InlineData(10, Verdict.Copy)]
    [InlineData(11, Verdict.New)]
    internal void A_deleted_file_that_is_open_tells_since_when(long birth, Verdict verdict)
    {
        var content = new Bytes(Encoding.UTF8.GetBytes(Text));
        var deleted = Known(Text) with { Open = content, OpenStatus = new FileStatus(FileKind.Regular, 1, 1, content.Length, Links: 0, 1, 1) { ChangeTime = 10 }, LostAt = 10 };
        Assert.Equal(verdict, Decide([deleted], Seen("app.log.1", Text, inode: 2, birth: birth, modified: 12)).Files.Single().Verdict);
    }

    /// <summary>R2: a deleted file that is open is compared with all that is in it, read or not. So its copy is not that of a lost log that begins alike.</summary>
    /// <param name="read">How much of it was read.</param>
    [Theory]
    [InlineData("")]
    [InlineData("1 one\n")]
    [InlineData("1 one\n2 two\n")]
    [InlineData(Text)]
    public void A_deleted_file_that_is_open_has_also_its_unread_bytes_in_common_with_its_copy(string read)
    {
        var content = new Bytes(Encoding.UTF8.GetBytes(Text));
        var lost = Known("1 one\n") with { HasLostBytes = true };
        var deleted = Known(read, inode: 2) with
        {
            SeenSize = content.Length,
            Fingerprint = Fingerprint.Of(Encoding.UTF8.GetBytes(Text)),
            Open = content,
            OpenStatus = new FileStatus(FileKind.Regular, 1, 2, content.Length, Links: 0, 1, 1),
        };
        Assert.Equal(2UL, Decide([lost, deleted], Seen("app.log.1", Text, inode: 3)).Files.Single(f => f.Verdict == Verdict.Copy).Known!.Inode);
    }

    /// <summary>R6, S-28: nobody's name counts only where a known generation is behind it.</summary>
    [Fact]
    public void A_name_that_nobody_asked_for_is_ignored_unless_it_holds_what_was_lost()
    {
        Assert.Equal(Verdict.Ignored, Decide([], Seen("other.txt", Text, inode: 9, NameRole.None)).Files.Single().Verdict);
        Assert.Equal(Verdict.Same, Decide([Known(Text)], Seen("other.txt", Text, inode: 1, NameRole.None)).Files.Single().Verdict);
        Assert.Equal(Verdict.Copy, Decide([Known(Text)], Seen("other.txt", Text, inode: 9, NameRole.None)).Files.Single().Verdict);
    }

    /// <summary>Comparing is reading: what one look does not reach goes on in the next, and nothing is decided before.</summary>
    [Fact]
    public void A_long_copy_is_compared_over_several_looks()
    {
        var text = string.Concat(Enumerable.Range(0, 500_000).Select(i => $"{i}\n"));
        var known = Known(text);
        Assert.True(Decide([known], Seen("x.1", text + "more\n", inode: 2)).IsComparing);
        LookResult look;
        var looks = 1;
        do
        {
            look = Decide([known], Seen("x.1", text + "more\n", inode: 2));
            looks++;
        }
        while (look.IsComparing);
        Assert.Equal((Verdict.Copy, 4), (look.Files.Single().Verdict, looks));
    }

    private static KnownFile Known(string content, ulong inode = 1, int guard = 255)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var line = Array.IndexOf(bytes, (byte)'\n') + 1;
        var digest = ContentDigest.From(0).Append(bytes.AsSpan(0, line), 0).Mark().Append(bytes, 0);
        return new KnownFile
        {
            Id = new GenerationId(inode),
            Ordinal = (long)inode,
            Device = 1,
            Inode = inode,
            BirthTime = 1,
            Path = "app.log",
            Position = bytes.Length,
            SeenSize = bytes.Length,
            Fingerprint = Fingerprint.Of(bytes.AsSpan(0, Math.Min(bytes.Length, guard < 255 ? line : 1024))),
            Guard = ResumeGuard.Of(bytes.AsSpan(Math.Max(0, bytes.Length - guard))),
            GuardAt = bytes.Length,
            Digest = digest,
            IsVerified = true,
        };
    }

    private static SeenFile Seen(string path, string content, ulong inode, NameRole role = NameRole.Other, long birth = 1, long modified = 1, bool isGzip = false)
    {
        var bytes = new Bytes(Encoding.UTF8.GetBytes(content));
        return new SeenFile(path, new FileStatus(FileKind.Regular, 1, inode, bytes.Length, 1, modified, birth), role, "app.log", restart: 0, isGzip, () => bytes);
    }

    private LookResult Decide(IReadOnlyList<KnownFile> known, params SeenFile[] seen)
    {
        var look = FileFollowing.Decide(known, seen, _comparisons, _now, s_times);
        _comparisons.Settle(look);
        return look;
    }

    private sealed class Bytes(byte[] content) : IFileContent
    {
        public long Length => content.Length;

        public long? ToldLength => null;

        public bool IsDamaged => false;

        public int Read(Span<byte> buffer, long offset)
        {
            var rest = content.AsSpan((int)Math.Min(offset, content.Length));
            rest = rest[..Math.Min(rest.Length, buffer.Length)];
            rest.CopyTo(buffer);
            return rest.Length;
        }

        public bool EndsWithLength(long length) => content.Length == length;
    }
}
