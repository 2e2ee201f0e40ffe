using Collector.Pipeline.Sources;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>Two <c>file</c> sources whose paths take the same files.</summary>
public class TwoSourcesTests
{
    /// <summary>A file is read by one source, the first one that takes it, under whatever name and in whatever run.</summary>
    [Theory]
    [InlineData("*.log", "app*", "app.log", "app.old")]
    [InlineData("app*", "*.log", "app.log", "other.log")]
    [InlineData("*.log", "*.log", "app.log", "app.log.1")]
    [InlineData("app.log", "*", "app.log", "anything")]
    [InlineData("*.log", "sub/*.log", "app.log", "sub/app.log")]
    public void A_file_that_two_sources_take_is_read_once(string one, string two, string name, string renamed)
    {
        using var tail = With(one, two);
        Directory.CreateDirectory(Path.Join(tail.Node.Files, "sub"));
        var file = tail.File($"files/{name}").Lines("a");
        tail.File("files/sub/apart.log").Lines("apart");
        tail.Advance(90);
        tail.Restart(End.Kill);
        file.Lines("b");
        tail.Advance(3);
        File.Move(file.FilePath, Path.Join(tail.Node.Files, renamed));
        var moved = tail.File($"files/{renamed}").Lines("c");
        tail.File($"files/{name}").Lines("d");
        tail.Advance(90);
        tail.Restart(End.Clean);
        moved.Lines("e");
        tail.Advance(90);
        Assert.Equal(["a", "b", "c", "d", "e"], tail.Stored().Logs.Where(line => line != "apart").Order(StringComparer.Ordinal));
        Assert.Equal(two.StartsWith("sub", StringComparison.Ordinal) ? 1 : 0, tail.Stored().Logs.Count(line => line == "apart"));
        tail.AssertNothingLost();
        Assert.NotEmpty(tail.Log.Warnings);
        Assert.All(tail.Log.Warnings, warning => Assert.Contains("a file is read by one source", warning, StringComparison.Ordinal));
    }

    /// <summary>R2: while a copy is undecided, the first source alone waits for what becomes of it.</summary>
    [Fact]
    public void A_copy_of_a_log_that_two_sources_take_is_read_once()
    {
        using var tail = With("app.log", "*");
        var file = tail.File("files/app.log").Lines("a", "b");
        tail.Advance(10);
        file.Copy("app.log.1");
        tail.Advance(10);
        file.Truncate();
        file.Lines("c");
        tail.Advance(90);
        Assert.Equal(["a", "b", "c"], tail.Stored().Logs);
        tail.AssertNothingLost();
    }

    private static TailHarness With(params string[] paths) => new(new TailOptions
    {
        Sources = node => paths.Select((path, i) => new FileSourceSettings { Name = $"source{i}", Path = $"{node.Files}/{path}", Identity = new() { LogSource = "file" } }),
    });
}
