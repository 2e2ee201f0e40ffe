using Collector.Pipeline.Sources.Files;
using Collector.Pipeline.Storage;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>Which way to open files is taken, and that it is said.</summary>
public sealed class ProbingOpenerTests : IDisposable
{
    private readonly FilesDirectory _files = new();

    public ProbingOpenerTests() => _files.Write("a/b.log");

    public void Dispose() => _files.Dispose();

    /// <summary>ENOSYS: Linux before 5.6, qemu-user; EPERM: old sandboxes.</summary>
    [Theory]
    [InlineData(Errno.NotImplemented)]
    [InlineData(Errno.OperationNotPermitted)]
    public void Where_the_kernel_has_no_openat2_the_other_way_is_taken_for_good_and_said(int error)
    {
        var kernel = new FailingOpener(error, isProbeGood: false);
        var tree = new LinuxTree(new ProbingOpener(kernel, new WalkingOpener()));
        using var root = tree.Open(_files.Path, "");
        Assert.Null(tree.Notice);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(OpenResult.Opened, root.TryOpen("a/b.log", out var file, out _));
            file!.Dispose();
        }

        Assert.Equal(["b.log"], root.List("a").Names);
        Assert.Equal(["a/b.log", "."], kernel.Asked);
        Assert.Contains("openat2", tree.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_permitted_is_denied_and_the_way_stays()
    {
        var kernel = new FailingOpener(Errno.OperationNotPermitted, isProbeGood: true);
        var tree = new LinuxTree(new ProbingOpener(kernel, new WalkingOpener()));
        using var root = tree.Open(_files.Path, "");
        Assert.Equal(OpenResult.Denied, root.TryOpen("a/b.log", out _, out _));
        Assert.Equal(OpenResult.Denied, root.TryOpen("a/b.log", out _, out _));
        Assert.Null(tree.Notice);
    }

    [Fact]
    public void This_kernels_way_needs_no_notice()
    {
        using var root = LinuxTree.Instance.Open(_files.Path, "");
        Assert.Equal(OpenResult.Opened, root.TryOpen("a/b.log", out var file, out _));
        file!.Dispose();
        Assert.Null(LinuxTree.Instance.Notice);
    }
}
