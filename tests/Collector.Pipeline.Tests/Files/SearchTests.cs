using System.Runtime.Versioning;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tests.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>Where a file went, and why one is not read.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly FilesDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("app.log", 10, "app.log", true)]
    [InlineData("old/2026/app-1.gz", 10, "old/2026/app-1.gz", true)]
    [InlineData("old/2026/app-1.gz", 2, null, false)]
    [InlineData("../moved", 10, null, true)]
    public void A_file_is_found_by_its_inode_wherever_it_went(string to, int mostDirectories, string? found, bool isComplete)
    {
        _files.Write("log/old/2026/other");
        _files.Write("elsewhere/app.log");
        _files.Link("log/link", _files["elsewhere"]);
        var before = _files.Write("log/live");
        using var root = _files.Open(at: "log");
        Assert.True(root.TryGetStatus("live", out var status));
        Special.Move(before, _files["log/" + to]);
        Assert.Equal(new InodeFound(found, isComplete), InodeSearch.Find(root, status.Identity, mostDirectories));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Not_found_proves_nothing_where_a_directory_could_not_be_looked_into()
    {
        Directory.CreateDirectory(_files["closed"]);
        File.SetUnixFileMode(_files["closed"], UnixFileMode.None);
        using var root = _files.Open();
        using (new WithoutOverride())
        {
            Assert.Equal(new InodeFound(null, IsComplete: false), InodeSearch.Find(root, new FileIdentity(1, 1), 10));
        }
    }

    /// <summary>S-130.</summary>
    [Theory]
    [InlineData("link.log", false, nameof(RefusalReason.Link), "link.log", "/data/app.log")]
    [InlineData("a/app.log", false, nameof(RefusalReason.Link), "a", "/data/a")]
    [InlineData("a", true, nameof(RefusalReason.Link), "a", "/data/a")]
    [InlineData("dir", false, nameof(RefusalReason.Directory), "dir", "")]
    [InlineData("dir/fifo", false, nameof(RefusalReason.NotRegular), "dir/fifo", "")]
    public void A_refusal_says_what_is_in_the_way(string name, bool isDirectory, string reason, string at, string target)
    {
        Prepare();
        using var root = _files.Open();
        Assert.Equal(new Refusal(Enum.Parse<RefusalReason>(reason), at, target), Refusal.Find(root, name, isDirectory));
    }

    [Theory]
    [InlineData("app.log", false)]
    [InlineData("dir", true)]
    [InlineData("none", false)]
    public void Where_nothing_is_in_the_way_there_is_no_refusal(string name, bool isDirectory)
    {
        Prepare();
        using var root = _files.Open();
        Assert.Null(Refusal.Find(root, name, isDirectory));
    }

    [Fact]
    public void A_refusal_says_what_to_do() => Assert.Equal(
        "/srv/a is a link to /data/a, and the collector does not follow links that a glob matches; configure the path of the link's target",
        new Refusal(RefusalReason.Link, "a", "/data/a").Describe("/srv"));

    private void Prepare()
    {
        _files.Write("app.log");
        Directory.CreateDirectory(_files["dir"]);
        Special.MakeFifo(_files["dir/fifo"]);
        _files.Link("link.log", "/data/app.log");
        _files.Link("a", "/data/a");
    }
}
