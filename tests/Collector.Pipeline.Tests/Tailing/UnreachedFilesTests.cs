using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>S-130: files that exist, and that the collector cannot reach, are told. No answer of the kernel counts as "there is none".</summary>
public sealed class UnreachedFilesTests : IDisposable
{
    private readonly WatchedTree _tree = new(LinuxTree.Instance);
    private TailHarness? _tail;

    public void Dispose() => _tail?.Dispose();

    [Theory]
    [InlineData("files/app.log", "files/*.log", "files")]
    [InlineData("files/x/app.log", "files/*/*.log", "files/x")]
    [InlineData("files/x/app.log", "files/*/*.log", "files")]
    [InlineData("files/x/y/app.log", "files/**/*.log", "files/x")]
    public void A_directory_that_may_be_listed_and_not_entered_is_told(string file, string pattern, string barred)
    {
        _tail = new TailHarness(Files(pattern));
        _tree.Bars = directory => directory == Path.Join(_tail.Node.Root, barred);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(_tail.Node.Root, file))!);
        _tail.File(file).Lines("a");
        _tail.Advance(3);
        AssertTold(Path.Join(_tail.Node.Root, barred));

        _tree.Bars = _ => false;
        _tail.Advance(60);
        Assert.Equal(["a"], _tail.Stored().Logs);
    }

    [Fact]
    public void A_containers_directory_that_may_be_listed_and_not_entered_is_told()
    {
        _tail = new TailHarness(new TailOptions { Tail = t => t with { Tree = _tree } });
        var log = _tail.Container();
        _tree.Bars = directory => directory == log.Directory;
        log.Write("a");
        _tail.Advance(3);
        AssertTold(log.Directory);
    }

    /// <summary>It is tried again, so nothing is counted as lost; but with --once not everything is read.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_shortage_of_descriptors_is_told_until_it_is_over(bool isThereAtTheStart)
    {
        _tail = new TailHarness(Files("files/*.log"));
        _tree.HasNoDescriptor = isThereAtTheStart;
        _tail.File("files/app.log").Lines("a");
        if (!isThereAtTheStart)
        {
            _tail.Run();
            _tree.HasNoDescriptor = true;
            _tail.File("files/other.log").Lines("b");
        }

        _tail.Advance(40);
        Assert.True(_tail.Worker.HasUnreadable);
        Assert.Single(_tail.Log.Warnings, warning => warning.StartsWith(_tail.Node.Files, StringComparison.Ordinal) && warning.Contains("no file descriptor left", StringComparison.Ordinal));
        _tail.AssertNothingLost();

        _tree.HasNoDescriptor = false;
        _tail.Advance(40);
        Assert.Equal(isThereAtTheStart ? ["a"] : ["a", "b"], _tail.Stored().Logs);
        Assert.False(_tail.Worker.HasUnreadable);
    }

    private TailOptions Files(string pattern) => new()
    {
        Sources = node => [new FileSourceSettings { Name = "files", Path = Path.Join(node.Root, pattern), Identity = new() { LogSource = "file" } }],
        Tail = t => t with { Tree = _tree },
    };

    private void AssertTold(string directory)
    {
        Assert.Single(_tail!.Log.Warnings, warning => warning.StartsWith($"{directory} is not read: it is a directory that may be listed and not entered", StringComparison.Ordinal));
        Assert.Equal(1, _tail.LostFiles(FilesLostReason.Unreadable));
        Assert.True(_tail.Worker.HasUnreadable);
    }
}
