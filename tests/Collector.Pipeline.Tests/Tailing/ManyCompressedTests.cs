using Collector.Pipeline.Records;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Tailing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// A compressed file that is skipped is skipped up to 2⁶⁰, because its length is not known. Many of them together must not overflow
/// a sum (found by <c>hack/torture.sh 200</c>: eight of one log; a skip that failed in memory alone was forgotten by a restart).
/// </summary>
public sealed class ManyCompressedTests : IDisposable
{
    /// <summary>More than 2⁶³ bytes together.</summary>
    private const int Many = 12;

    private LogStreams _excluded;
    private readonly TailHarness _tail;

    public ManyCompressedTests() => _tail = new TailHarness(new TailOptions { Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c), Excluded = _excluded } });

    public void Dispose() => _tail.Dispose();

    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void An_exclusion_of_a_log_with_many_compressed_files_ends_for_good(End end)
    {
        _excluded = LogStreams.Both;
        var log = WithManyCompressed();
        _tail.Advance(1);
        _excluded = LogStreams.None;
        _tail.Worker.MetadataChanged(new HashSet<string> { log.Uid });
        _tail.Advance(3);
        log.Write("new");
        _tail.Advance(3);

        AssertOnlyNew(end);
    }

    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    [InlineData(End.PowerLoss)]
    public void A_first_start_at_the_end_skips_many_compressed_files_for_good(End end)
    {
        using var tail = new TailHarness(_tail.Options with { Containers = c => c with { StartAt = StartAt.End } });
        var log = WithManyCompressed(tail);
        tail.Advance(3);
        log.Write("new");
        tail.Advance(3);

        AssertOnlyNew(end, tail);
    }

    /// <summary>An output that is added, or whose match takes the log now.</summary>
    [Theory]
    [InlineData(End.Clean)]
    [InlineData(End.Kill)]
    public void A_late_match_skips_many_compressed_files_for_good(End end)
    {
        var isWanted = false;
        using var tail = new TailHarness(new TailOptions
        {
            Facts = c => new ContainerFacts { Identity = TailHarness.IdentityOf(c) with { OwnerName = isWanted ? "wanted" : "" } },
            Match = (_, identity) => identity.OwnerName == "wanted",
        });
        var log = WithManyCompressed(tail);
        tail.Advance(3);
        isWanted = true;
        tail.Worker.MetadataChanged(new HashSet<string> { log.Uid });
        tail.Advance(3);
        log.Write("new");
        tail.Advance(3);

        AssertOnlyNew(end, tail);
    }

    private KubeletLog WithManyCompressed(TailHarness? of = null)
    {
        var log = (of ?? _tail).Container();
        for (var i = 0; i < Many; i++)
        {
            log.Write($"old {i}").Rotate();
            log.Rotated.Gzip();
        }

        return log.Write("old");
    }

    private void AssertOnlyNew(End end, TailHarness? of = null)
    {
        var tail = of ?? _tail;
        Assert.DoesNotContain(tail.Log.Lines, line => line.Level >= LogLevel.Error);
        Assert.Equal(["new"], tail.Stored().Logs);

        tail.Restart(end);
        tail.Advance(5);

        Assert.Equal(["new"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }
}
