using System.Globalization;
using System.Runtime.Versioning;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tests.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>What is in a directory, or why that cannot be told (S-130).</summary>
public sealed class ListingTests : IDisposable
{
    private readonly FilesDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void All_names_are_listed_over_many_calls()
    {
        var names = Enumerable.Range(0, 3000).Select(i => i.ToString("D200", CultureInfo.InvariantCulture)).ToList();
        names.ForEach(name => _files.Write("many/" + name));
        using var root = _files.Open();
        Assert.Equal(names, root.List("many").Names.Order(StringComparer.Ordinal));
        Assert.Equal(["many"], root.List("").Names);
    }

    [Fact]
    public void An_empty_directory_is_listed_and_one_that_is_not_there_is_gone()
    {
        Directory.CreateDirectory(_files["empty"]);
        _files.Write("file");
        using var root = _files.Open();
        using var none = _files.Open(at: "none");
        Assert.Equal((true, 0), (root.List("empty").IsListed, root.List("empty").Names.Count));
        Assert.Equal([ListResult.Gone, ListResult.Gone, ListResult.Gone], [root.List("none").Result, root.List("file").Result, none.List("").Result]);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void One_that_may_not_be_read_says_so()
    {
        Directory.CreateDirectory(_files["closed"]);
        File.SetUnixFileMode(_files["closed"], UnixFileMode.UserExecute);
        using var root = _files.Open();
        using (new WithoutOverride())
        {
            var listing = root.List("closed");
            Assert.Equal((ListResult.Denied, "Permission denied", 0), (listing.Result, listing.Error, listing.Names.Count));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_link_is_followed_to_a_directory(bool walks)
    {
        _files.Write("secret/names/a");
        _files.Link("link", "secret");
        using var root = _files.Open(FilesDirectory.Opener(walks));
        Assert.Equal(ListResult.Refused, root.List("link").Result);
        Assert.Equal(ListResult.Refused, root.List("link/names").Result);
    }

    [Fact]
    public void A_root_that_was_replaced_is_listed_anew()
    {
        _files.Write("log/old");
        using var root = _files.Open(at: "log");
        Assert.Equal(["old"], root.List("").Names);
        Special.Move(_files["log"], _files["log.1"]);
        Assert.Equal(ListResult.Gone, root.List("").Result);
        _files.Write("log/new");
        Assert.Equal(["new"], root.List("").Names);
    }

    /// <summary>S-130: each call takes the name back as the bytes that it is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_name_that_is_no_UTF8_is_listed_and_opened(bool walks)
    {
        _files.Write("caf/a", "coffee");
        Special.Move(_files["caf/a"], _files["caf/caf\uDCE9.log"]);
        Special.Move(_files["caf"], _files["d\uDCFF"]);
        File.CreateSymbolicLink(_files["link"], "x");
        Special.Move(_files["link"], _files["l\uDC80"]);
        using var root = _files.Open(FilesDirectory.Opener(walks));
        Assert.Equal(["d\uDCFF", "l\uDC80"], root.List("").Names.Order(StringComparer.Ordinal));
        var name = "d\uDCFF/" + Assert.Single(root.List("d\uDCFF").Names);
        Assert.Equal("d\uDCFF/caf\uDCE9.log", name);
        Assert.True(root.TryGetStatus(name, out var status));
        Assert.False(root.IsGone(name));
        Assert.True(root.IsGone("d\uFFFD"));
        Assert.Equal("x", root.ReadLink("l\uDC80"));
        Assert.Equal(OpenResult.Opened, root.TryOpen(name, out var file, out var opened));
        Assert.Equal((6, status), (file!.Read(new byte[10], 0), opened));
        file.Dispose();
        using var inner = _files.Open(FilesDirectory.Opener(walks), "d\uDCFF");
        Assert.Equal(["caf\uDCE9.log"], inner.List("").Names);
        foreach (var (to, from) in (ReadOnlySpan<(string, string)>)[("link", "l\uDC80"), ("d", "d\uDCFF")])
        {
            Special.Move(_files[from], _files[to]);
        }

        Special.Move(_files["d/caf\uDCE9.log"], _files["d/cafe.log"]);
    }

    [Fact]
    public void A_path_longer_than_the_stack_has_room_for_is_opened()
    {
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 8)) + "/a.log";
        _files.Write(deep);
        using var root = _files.Open();
        Assert.Equal(OpenResult.Opened, root.TryOpen(deep, out var file, out _));
        file!.Dispose();
    }
}
