using System.Diagnostics;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Storage;

/// <summary>What a person names as a small file, and is none, or does not answer.</summary>
public sealed class SmallFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("small-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_regular_file_is_read_by_link_too_and_again_when_it_changes()
    {
        var path = PathOf("key");
        await File.WriteAllTextAsync(path, "\uFEFFone\n", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(PathOf("link"), path);
        Assert.Equal("one\n", await SmallFile.ReadTextAsync(PathOf("link"), TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(path, "two", TestContext.Current.CancellationToken);
        Assert.Equal("two", SmallFile.ReadText(PathOf("link")));
    }

    [Fact]
    public void Whatever_is_no_regular_file_is_refused_at_once()
    {
        Special.MakeFifo(PathOf("fifo"));
        using var socket = Special.Bind(PathOf("socket"));
        var watch = Stopwatch.StartNew();
        foreach (var (path, kind) in new[] { (PathOf("fifo"), "a FIFO"), (PathOf("socket"), "a socket"), (_directory.FullName, "a directory"), ("/dev/zero", "a device") })
        {
            var refused = Assert.Throws<IOException>(() => SmallFile.ReadText(path));
            Assert.Equal($"it is {kind}; name a regular file", refused.Message);
        }

        Assert.True(watch.Elapsed < SmallFile.Patience);
        Assert.Throws<FileNotFoundException>(() => SmallFile.ReadText(PathOf("none")));
    }

    [Fact]
    public void A_file_that_is_too_long_is_refused()
    {
        using (var file = File.Create(PathOf("long")))
        {
            file.SetLength(1L << 40);
        }

        Assert.Contains("longer than 1 MiB", Assert.Throws<IOException>(() => SmallFile.ReadText(PathOf("long"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_hangs_holds_one_reader_up_for_a_while_and_the_next_ones_not_at_all()
    {
        using var answers = new ManualResetEventSlim();
        var reads = 0;
        var path = PathOf("hangs");

        Assert.Throws<FileHangsException>(() => SmallFile.ReadText(path, Hang));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            var hung = Assert.Throws<FileHangsException>(() => SmallFile.ReadText(path, Hang));
            Assert.StartsWith("it does not answer", hung.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, Volatile.Read(ref reads));
        Assert.True(watch.Elapsed < SmallFile.Patience);

        answers.Set();
        SpinWait.SpinUntil(() => TryRead() == "here", TimeSpan.FromSeconds(10));
        Assert.Equal("here", SmallFile.ReadText(path, Hang));

        string Hang(string of)
        {
            Interlocked.Increment(ref reads);
            answers.Wait();
            return "here";
        }

        string? TryRead()
        {
            try
            {
                return SmallFile.ReadText(path, Hang);
            }
            catch (FileHangsException)
            {
                return null;
            }
        }
    }

    private string PathOf(string name) => Path.Join(_directory.FullName, name);
}
