using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tailing;
using Collector.Testing.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// Other processes do not wait for a turn to end. What they do between two reads of the collector changes neither what is stored nor
/// what a later run recognizes. The simulation does this at random (<c>hack/simulate.sh --amid</c>).
/// </summary>
public sealed class BetweenCallsTests : IDisposable
{
    private readonly WatchedTree _tree = new(LinuxTree.Instance);
    private TailHarness? _tail;

    public static TheoryData<int> Reads => [.. Enumerable.Range(1, 6)];

    public static MatrixTheoryData<int, bool> Listings => new([2, 3, 4, 5, 6, 7], [false, true]);

    public void Dispose() => _tail?.Dispose();

    /// <summary>S-34, S-35: a line that was seen and not read is cut off and another one written, and then the file is copied and truncated.</summary>
    [Fact]
    public void First_bytes_that_were_replaced_before_they_were_read_do_not_hide_a_copy()
    {
        _tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = _tree } });
        var file = _tail.File("files/app.log").Lines("a");
        var kept = file.Length;
        _tail.Run();
        file.Lines("gone before it is read");
        var hasCut = false;
        _tree.BeforeRead = (_, length) =>
        {
            // A look reads no more than a fingerprint.
            if (length > Fingerprint.MaxLength && !hasCut)
            {
                hasCut = true;
                file.Truncate(kept);
            }
        };
        for (var cycle = 0; !hasCut; cycle++)
        {
            Assert.InRange(cycle, 0, 100);
            _tail.Clock.Advance(TimeSpan.FromMilliseconds(250));
            _tail.Cycle();
        }

        file.Lines("written instead, and longer than what is gone");
        _tail.Run();
        file.Copy("app.log.1");
        file.Truncate();
        file.Lines("b");
        _tail.Advance(100);
        Assert.Equal(["a", "written instead, and longer than what is gone", "b"], _tail.Stored().Logs);
    }

    /// <summary>S-35: nothing tells of it but the bytes, because the size was asked before.</summary>
    [Theory]
    [InlineData("another line")]
    [InlineData("first, and more")]
    public void A_log_that_is_truncated_and_written_again_just_before_it_is_read_is_read_from_its_first_byte(string line)
    {
        _tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = _tree } });
        var file = _tail.File("files/app.log").Lines("first");
        _tail.Run();
        var isWritten = false;
        _tree.BeforeRead = (_, length) =>
        {
            // A look reads no more than a fingerprint.
            if (length > Fingerprint.MaxLength && !isWritten)
            {
                isWritten = true;
                file.Truncate();
                file.Lines(line, "last");
            }
        };
        _tail.Advance(3);
        Assert.True(isWritten);
        Assert.Equal(["first", line, "last"], _tail.Stored().Logs);
        _tail.AssertNothingLost();
    }

    /// <summary>
    /// While the outputs' beginnings at the end are looked for, a log is renamed, so that the second output's have to be looked for once
    /// more. Meanwhile another log is written again: the first output's beginning would be in the middle of a line.
    /// </summary>
    /// <param name="atOpen">At which opening of the log that is renamed this happens. At the third one the first output has its beginnings.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_log_that_is_written_again_before_all_outputs_have_begun_is_not_read_from_the_middle_of_a_line(int atOpen)
    {
        _tail = new TailHarness(TailOptions.Files(f => f with { StartAt = StartAt.End }) with { Outputs = 2, Tail = t => t with { Tree = _tree, MaxOpenFiles = 1 } });
        var (file, other) = (_tail.File("files/app.log").Lines("header", "before"), _tail.File("files/other.log").Lines("before, too"));
        var (path, opens) = (other.FilePath, 0);
        _tree.Before = (call, opened) =>
        {
            if (call == TreeCall.Open && opened == path && ++opens == atOpen)
            {
                other.Rename("other.log.1");
                file.Truncate();
                file.Lines("header", "written again", "last");
            }
        };
        _tail.Advance(3);
        Assert.True(opens >= atOpen);
        file.Lines("later");
        _tail.Advance(3);

        // What came before an output's beginning was found is skipped.
        Assert.All([_tail.Stored(0), _tail.Stored(1)], stored => Assert.Contains(string.Join('|', stored.Logs), (string[])["later", "header|written again|last|later"]));
    }

    /// <summary>
    /// The disk takes the first output's beginnings and not the second's, and then the log is written again: what was to be passed
    /// over is no loss.
    /// </summary>
    [Fact]
    public void A_log_that_is_written_again_before_the_last_output_could_note_its_beginning_has_lost_nothing()
    {
        var hasFailed = false;
        for (var operation = 1; operation <= 20; operation++)
        {
            using var tail = new TailHarness(TailOptions.Files(f => f with { StartAt = StartAt.End }) with { Outputs = 2 });
            var file = tail.File("files/app.log").Lines("header", "before");
            var failing = tail.Disk.Operations + operation;
            tail.Disk.FailAt(failing, DiskFault.NoSpace);
            tail.Cycle();
            hasFailed |= tail.Disk.Operations >= failing;
            file.Truncate();
            file.Lines("another header", "written again", "last");
            tail.Advance(90);

            tail.AssertNothingLost();
            Assert.All([tail.Stored(0), tail.Stored(1)], stored => Assert.Contains(string.Join('|', stored.Logs), (string[])["", "another header|written again|last"]));
        }

        Assert.True(hasFailed);
    }

    /// <summary>A log that comes, or goes and comes, in the middle of one look is found by the next, although nothing happens any more.</summary>
    [Theory]
    [MemberData(nameof(Listings))]
    public void A_file_that_comes_amid_a_look_is_read(int atListing, bool anotherGoes)
    {
        _tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = _tree } });
        var first = _tail.File("files/one.log").Lines("first");
        _tail.Run();
        _tail.Advance(10);
        var listings = 0;
        _tail.File("files/two.log").Lines("second");
        _tree.Before = (call, path) =>
        {
            if (call == TreeCall.List && ++listings == atListing)
            {
                _tail.File("files/three.log").Lines("third");
                if (anotherGoes)
                {
                    first.Delete();
                }
            }
        };
        _tail.Advance(100);
        Assert.True(listings > atListing);
        Assert.Equal(["first", "second", "third"], _tail.Stored().Logs.Order(StringComparer.Ordinal));
        _tail.AssertNothingLost();
    }

    /// <summary>Whenever the directory is listed, a new log is there and an old one is not: all of them are found while they are there.</summary>
    [Fact]
    public void Files_that_come_and_go_all_the_time_are_read()
    {
        const int Alive = 40;
        const int Cycles = 100;
        _tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = _tree } });
        var files = new List<NodeFile>();
        var listings = 0;
        _tree.Before = (call, path) =>
        {
            if (call == TreeCall.List && path.StartsWith(_tail.Node.Files, StringComparison.Ordinal) && ++listings <= Cycles)
            {
                files.Add(_tail.File($"files/job-{files.Count}x.log").Lines($"line of {files.Count}"));
                if (files.Count > Alive)
                {
                    files[^(Alive + 1)].Delete();
                }
            }
        };
        _tail.Advance(Cycles);
        Assert.True(listings > Cycles);
        Assert.Equal(files.Select((_, i) => $"line of {i}").Order(StringComparer.Ordinal), _tail.Stored().Logs.Order(StringComparer.Ordinal));
        _tail.AssertNothingLost();
    }

    /// <summary>What was stored of a log before it was excluded is known in its copy, whenever the truncation comes in the turn that ends the exclusion.</summary>
    [Theory]
    [MemberData(nameof(Reads))]
    public void An_excluded_log_that_is_copied_and_truncated_is_known_in_its_copy(int atRead)
    {
        var excluded = LogStreams.None;
        _tail = new TailHarness(new TailOptions { Tail = t => t with { Tree = _tree }, Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), Excluded = excluded } });
        var log = _tail.Container().Write("a");
        _tail.Run();
        excluded = LogStreams.Both;
        _tail.Worker.MetadataChanged(new HashSet<string> { log.Uid });
        _tail.Advance(3);
        log.Write("hidden");
        _tail.Advance(3);
        excluded = LogStreams.None;
        _tail.Worker.MetadataChanged(new HashSet<string> { log.Uid });
        var reads = 0;
        _tree.BeforeRead = (_, _) =>
        {
            if (++reads == atRead)
            {
                Truncate(log);
            }
        };
        _tail.Advance(3);
        Assert.True(reads >= atRead);
        log.Write("b");
        _tail.Advance(100);

        // What was hidden may be read from the copy when the end of the exclusion was not noted yet.
        Assert.Equal(["a", "b"], _tail.Stored().Of(log).Where(line => line != "hidden"));
    }

    private static void Truncate(KubeletLog log)
    {
        log.Live.Copy("0.log.20261120-100000");
        log.Live.Truncate();
    }
}
