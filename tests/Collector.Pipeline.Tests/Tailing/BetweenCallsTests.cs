using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tailing;
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
