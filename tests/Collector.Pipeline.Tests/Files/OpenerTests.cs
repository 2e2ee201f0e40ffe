using System.Runtime.Versioning;
using System.Text;
using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Tests.Tailing;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>What each way of opening gives and refuses (I14).</summary>
public sealed class OpenerTests : IDisposable
{
    private readonly FilesDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_opened_and_what_is_not(bool walks)
    {
        _files.Write("a/b/c.log");
        _files.Write("secret");
        _files.Link("a/link.log", _files["secret"]);
        _files.Link("linked", _files["a"]);
        _files.Link("a/here", ".");
        _files.Link("a/magic", "/proc/self/root");
        Special.MakeFifo(_files["a/fifo"]);
        using var socket = Special.Bind(_files["a/socket"]);
        using var root = _files.Open(FilesDirectory.Opener(walks));
        (string Name, OpenResult Result)[] cases =
        [
            ("secret", OpenResult.Opened), ("a/b/c.log", OpenResult.Opened), ("a//b/./c.log", OpenResult.Opened),
            ("none", OpenResult.Missing), ("a/none/c.log", OpenResult.Missing), ("secret/c.log", OpenResult.Missing),
            ("a/link.log", OpenResult.Refused), ("linked/b/c.log", OpenResult.Refused), ("a/here/b/c.log", OpenResult.Refused),
            ("a/magic/etc/passwd", OpenResult.Refused), ("linked", OpenResult.Refused), ("a", OpenResult.Refused), ("", OpenResult.Refused),
            ("a/fifo", OpenResult.Refused), ("a/socket", OpenResult.Refused),
            ("../" + Path.GetFileName(_files.Path) + "/secret", OpenResult.Refused), (_files["secret"], OpenResult.Refused),
        ];
        foreach (var (name, expected) in cases)
        {
            var result = root.TryOpen(name, out var file, out _);
            Assert.True((expected == OpenResult.Opened) == (file is not null), name);
            file?.Dispose();
            Assert.True(result == expected, $"{name}: {result}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_root_that_is_a_link_is_followed_it_is_configured(bool walks)
    {
        _files.Write("data/app.log");
        _files.Link("log", "data");
        using var root = _files.Open(FilesDirectory.Opener(walks), "log");
        Assert.Equal(["app.log"], root.List("").Names);
        Assert.Equal(OpenResult.Opened, root.TryOpen("app.log", out var file, out _));
        file!.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_in_the_data_dir_is_opened_or_listed(bool walks)
    {
        _files.Write("data/outputs/a.log");
        using var root = _files.Open(FilesDirectory.Opener(walks), dataDir: _files["data"]);
        using var inner = _files.Open(FilesDirectory.Opener(walks), "data/outputs", _files["data"]);
        Assert.Equal(OpenResult.InDataDir, root.TryOpen("data/outputs/a.log", out _, out _));
        Assert.Equal(ListResult.InDataDir, root.List("data").Result);
        Assert.Equal(ListResult.InDataDir, root.List("data/outputs").Result);
        Assert.Equal(OpenResult.InDataDir, inner.TryOpen("a.log", out _, out _));
        Assert.Equal(ListResult.InDataDir, inner.List("").Result);
        Assert.Equal(["data"], root.List("").Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [SupportedOSPlatform("linux")]
    public void No_permission_is_a_state_and_nothing_that_is_missing(bool walks)
    {
        _files.Write("a/b/c.log");
        using var root = _files.Open(FilesDirectory.Opener(walks));
        using var inner = _files.Open(FilesDirectory.Opener(walks), "a/b");
        File.SetUnixFileMode(_files["a"], UnixFileMode.None);
        using (new WithoutOverride())
        {
            Assert.Equal(OpenResult.Denied, root.TryOpen("a/b/c.log", out _, out _));
            Assert.Equal(OpenResult.Denied, inner.TryOpen("c.log", out _, out _));
            Assert.False(inner.IsGone("c.log"));
            Assert.Equal(ListResult.Denied, root.List("a").Result);
            Assert.Equal(ListResult.Denied, inner.List("").Result);
        }

        Assert.Equal(["c.log"], inner.List("").Names);
    }

    /// <summary>S-106, at each step of the walk.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c.log")]
    public void What_is_swapped_for_a_link_before_its_step_is_refused(string at)
    {
        Assert.Equal((OpenResult.Refused, ""), OpenWhileSwapping(name => name == at, at));
    }

    /// <summary>S-106: the descriptor of what was passed is held.</summary>
    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "c.log")]
    [InlineData("b", "c.log")]
    public void What_is_swapped_for_a_link_behind_its_step_changes_nothing(string swapped, string at)
    {
        Assert.Equal((OpenResult.Opened, "good"), OpenWhileSwapping(name => name == at, swapped));
    }

    /// <summary>S-106: whatever the moment.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_directory_that_is_swapped_all_the_time_never_leads_elsewhere(bool walks)
    {
        _files.Write("a/b/c.log", "good");
        _files.Write("elsewhere/c.log", "secret");
        _files.Link("link", _files["elsewhere"]);
        using var root = _files.Open(FilesDirectory.Opener(walks));
        using var stop = new CancellationTokenSource();
        var swapper = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Special.Move(_files["a/b"], _files["kept"]);
                Special.Move(_files["link"], _files["a/b"]);
                Special.Move(_files["a/b"], _files["link"]);
                Special.Move(_files["kept"], _files["a/b"]);
            }
        });
        swapper.Start();
        var results = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20_000; i++)
        {
            results.Add(root.TryOpen("a/b/c.log", out var file, out _) == OpenResult.Opened ? ReadAndClose(file!) : "");
        }

        stop.Cancel();
        swapper.Join();
        Assert.DoesNotContain("secret", results);
    }

    private static string ReadAndClose(ISourceHandle file)
    {
        using (file)
        {
            var buffer = new byte[16];
            return Encoding.UTF8.GetString(buffer.AsSpan(0, file.Read(buffer, 0)));
        }
    }

    /// <summary>Opens <c>a/b/c.log</c>; when a step is reached, a name on the way becomes a link to one that leads to a secret.</summary>
    private (OpenResult Result, string Text) OpenWhileSwapping(Func<string, bool> isTime, string swapped)
    {
        _files.Write("a/b/c.log", "good");
        _files.Write("x/a/b/c.log", "secret");
        var path = swapped switch { "a" => "a", "b" => "a/b", _ => "a/b/c.log" };
        var opener = new WalkingOpener(name =>
        {
            if (isTime(name))
            {
                Special.Move(_files[path], _files["kept"]);
                _files.Link(path, _files["x/" + path]);
            }
        });
        using var root = _files.Open(opener);
        var result = root.TryOpen("a/b/c.log", out var file, out _);
        return (result, file is null ? "" : ReadAndClose(file));
    }
}
