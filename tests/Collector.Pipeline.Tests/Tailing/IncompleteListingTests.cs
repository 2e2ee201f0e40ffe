using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// A listing is no snapshot (readdir(3): whether a name that comes or goes meanwhile is returned is unspecified). A look that a
/// listing has misled decides nothing: lines keep their order, and none is lost or stored twice.
/// </summary>
public sealed class IncompleteListingTests : IDisposable
{
    private readonly WatchedTree _tree = new(LinuxTree.Instance);
    private readonly TailHarness _tail;
    private int _listings;

    public static TheoryData<int> Listings => [1, 2, 3, 4];

    public IncompleteListingTests() => _tail = new TailHarness(TailOptions.Files(f => f with { Path = Path.Join(Path.GetDirectoryName(f.Path), "*") }) with { Tail = t => t with { Tree = _tree } });

    public void Dispose() => _tail.Dispose();

    /// <summary>Two rotations since the last look, and the listing shows the first rotated file and the live one only.</summary>
    [Theory]
    [MemberData(nameof(Listings))]
    public void A_rotated_file_that_a_listing_misses_is_read_before_the_live_one(int listing)
    {
        var log = _tail.File("files/app.log").Lines("a");
        _tail.Run();
        log.Rename("app.log.2");
        _tail.File("files/app.log").Lines("b").Rename("app.log.1");
        _tail.File("files/app.log").Lines("c");
        Miss("app.log.1", listing);
        _tail.Advance(100);
        AssertStored("a", "b", "c");
    }

    [Theory]
    [MemberData(nameof(Listings))]
    public void A_copy_that_a_listing_misses_is_read_before_what_is_written_after_the_truncation(int listing)
    {
        var log = _tail.File("files/app.log").Lines("a");
        _tail.Run();
        log.Lines("b");
        log.Copy("before");
        log.Truncate();
        log.Lines("longer than what it was before");
        Miss("before", listing);
        _tail.Advance(100);
        AssertStored("a", "b", "longer than what it was before");
    }

    [Theory]
    [MemberData(nameof(Listings))]
    public void A_log_that_a_listing_misses_under_its_new_name_is_the_same(int listing)
    {
        var log = _tail.File("files/app.log").Lines("a");
        _tail.Run();
        log.Lines("b");
        log.Rename("moved");
        Miss("moved", listing);
        _tail.Advance(3);
        log.Lines("c");
        _tail.Advance(100);
        AssertStored("a", "b", "c");
    }

    /// <summary>No descriptor holds it: the collector was down when it was renamed.</summary>
    [Theory]
    [MemberData(nameof(Listings))]
    public void A_log_that_was_renamed_while_the_collector_was_down_is_the_same_when_a_listing_misses_it(int listing)
    {
        var log = _tail.File("files/app.log").Lines("a");
        _tail.Run();
        _tail.Stop(End.Clean);
        log.Rename("moved");
        Miss("moved", listing);
        _tail.Start();
        _tail.Advance(3);
        log.Lines("b");
        _tail.Advance(100);
        AssertStored("a", "b");
    }

    private void Miss(string name, int listing) => _tree.Misses = path => Path.GetFileName(path) == name && ++_listings == listing;

    private void AssertStored(params string[] lines)
    {
        Assert.True(_listings > 4);
        Assert.Equal(lines, _tail.Stored().Logs);
        _tail.AssertNothingLost();
    }
}
