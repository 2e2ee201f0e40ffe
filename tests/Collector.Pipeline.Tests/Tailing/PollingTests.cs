using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>I11: nothing tells of a change but looking, and looking is enough, whatever a file system tells and however many files there are.</summary>
public class PollingTests
{
    /// <summary>There is no notification at all: polling finds every line.</summary>
    [Fact]
    public void Every_line_is_found_by_polling_alone()
    {
        using var tail = new TailHarness();
        var log = tail.Container();
        for (var i = 0; i < 50; i++)
        {
            log.Write($"line {i}");
            tail.Advance(i % 7 * 0.3);
        }

        tail.Advance(1);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"line {i}"), tail.Stored().Of(log));
    }

    /// <summary>Times of modification that never move.</summary>
    [Fact]
    public void Sizes_alone_show_that_a_file_has_grown()
    {
        using var tail = new TailHarness();
        var log = tail.Container().Write("a");
        var then = File.GetLastWriteTimeUtc(log.Live.FilePath);
        tail.Advance(5);
        log.Write("b");
        File.SetLastWriteTimeUtc(log.Live.FilePath, then);
        tail.Advance(1);
        Assert.Equal(["a", "b"], tail.Stored().Of(log));
    }

    [Fact]
    public void Five_hundred_files_are_delivered_with_twenty_descriptors()
    {
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { MaxOpenFiles = 20 } });
        var logs = Enumerable.Range(0, 500).Select(i => tail.Container($"pod{i:d3}").Write($"a{i}")).ToList();
        tail.Run();
        Assert.InRange(tail.Worker.Chains.Sum(c => c.OpenFiles), 0, 20);
        logs.ForEach(l => l.Write($"b{l.Uid}"));
        tail.Run();
        Assert.InRange(tail.Worker.Chains.Sum(c => c.OpenFiles), 0, 20);
        Assert.Equal(1000, tail.Stored().All.Count);
        logs.ForEach(l => l.Rotate().Write($"c{l.Uid}"));
        tail.Run();
        Assert.Equal(1500, tail.Stored().All.Count);
        tail.AssertNothingLost();
    }

    /// <summary>
    /// S-17: a network file system of old tells no birth times, changes of a file by its size alone, and those of a directory to
    /// two seconds. What is stored is what is stored of any other.
    /// </summary>
    [Fact]
    public void A_file_system_that_tells_little_more_than_sizes_gives_what_any_other_gives()
    {
        const long Coarse = 2_000_000_000;
        var any = StoredOf(LinuxTree.Instance);
        var little = StoredOf(new WatchedTree(LinuxTree.Instance)
        {
            Tells = s => s with { BirthTime = 0, ModificationTime = s.Kind == FileKind.Directory ? s.ModificationTime / Coarse * Coarse : 1 },
        });

        Assert.Equal(any.Order(StringComparer.Ordinal), little.Order(StringComparer.Ordinal));
        Assert.Equal(37, any.Count);
    }

    /// <summary>S-132: the directory of one container, and a pod that goes on beside it.</summary>
    [Fact]
    public void Twenty_thousand_siblings_take_few_descriptors_and_starve_nobody()
    {
        const int Siblings = 20_000;
        var tree = new WatchedTree(LinuxTree.Instance);
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { Tree = tree, MaxOpenFiles = 512 } });
        var crowd = tail.Container("crowd");
        for (var i = 0; i < Siblings; i++)
        {
            var time = new DateTime(2026, 11, 20, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i);
            File.WriteAllText(Path.Join(crowd.Directory, $"0.log.{time:yyyyMMdd-HHmmss}"), $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'} stdout F {i}\n");
        }

        var neighbour = tail.Container("neighbour");
        for (var round = 0; round == 0 || tail.Source().Records < Siblings + round; round++)
        {
            neighbour.Write($"round {round}");
            tail.Worker.PollAll();
            tail.Cycle();
            Assert.Equal(neighbour.Live.Length, tail.Worker.Chains.Single(c => c.Key.Contains("neighbour", StringComparison.Ordinal)).Generations.Single().Position);
            Assert.InRange(round, 0, 1000);
        }

        Assert.InRange(tree.MostOpenFiles, 1, 1024);
        Assert.Equal(Enumerable.Range(0, Siblings).Select(i => $"{i}"), tail.Stored().Of(crowd));
        tail.AssertNothingLost();
    }

    private static List<string> StoredOf(ISourceTree tree)
    {
        using var tail = new TailHarness(TailOptions.Files() with { Tail = t => t with { Tree = tree } });
        var log = tail.Container();
        var file = tail.File("files/a.log");
        for (var i = 0; i < 10; i++)
        {
            log.Write($"log {i}").Partial($"half {i} ");
            file.Lines($"file {i}");
            tail.Advance(i % 4);
            log.Rotate().Full($"whole {i}");
            tail.Advance(i % 3);
            if (i % 3 == 1)
            {
                log.Rotated.Gzip();
                file.Rename($"a.log.{10 - i}");
                file = tail.File("files/a.log").Lines($"begun by {i}", $"and {i}");
            }

            if (i % 4 == 3)
            {
                tail.Restart(i == 3 ? End.Kill : End.Clean);
            }
        }

        tail.Advance(5);
        file.Truncate();
        file.Lines("anew");
        tail.Advance(10);
        tail.AssertNothingLost();
        return tail.Stored().Logs;
    }
}
