using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>
/// The inode of a deleted file is given to a new one, and no birth time tells: the file system has none, or both were born in one
/// tick of its clock (4 ms). Then bytes alone tell, of compressed files as of others.
/// </summary>
public sealed class InodeReuseTests
{
    private readonly Dictionary<ulong, ulong> _given = [];

    public static MatrixTheoryData<string, string, string, bool> Cases =>
        new(["rotated", "rotated.gz"], ["at once", "looked", "restarted"], ["live", "rotated", "rotated.gz"], [true, false]);

    /// <summary>The number of a rotated file, or of its compressed form, is given to the next log, to its rotated form or to a compressed form.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_stored_is_what_was_written(string deleted, string then, string taker, bool wasRead)
    {
        var tree = new WatchedTree(LinuxTree.Instance) { Tells = s => s with { BirthTime = 0, Inode = _given.GetValueOrDefault(s.Inode, s.Inode) } };
        using var tail = new TailHarness(new TailOptions { Tail = t => t with { Tree = tree } });
        var log = tail.Container().Write("0 a", "0 b").Rotate().Write("1 a", "1 b and more");
        tail.Run();
        tail.Advance(120);
        var old = log.Rotated;
        var inode = Special.Inode(old.FilePath);
        old = old.Gzip();
        if (deleted == "rotated.gz")
        {
            tail.Run();
            inode = Special.Inode(old.FilePath);
            old.Delete();
        }

        if (then == "restarted")
        {
            tail.Stop(End.Kill);
            log.Write("1 c");
        }
        else if (then == "looked")
        {
            tail.Run();
        }

        // A deleted file that is still open would keep its number.
        Assert.InRange(tree.OpenFiles, 0, 1);
        log.Rotate();
        Give(inode, taker == "rotated.gz" ? log.Rotated.Gzip() : log.Live);
        if (then == "restarted")
        {
            tail.Start();
        }

        log.Write("2 a", "2 b");
        if (wasRead)
        {
            tail.Run();
        }

        if (taker == "rotated")
        {
            log.Rotate().Write("3");
        }

        tail.Run();
        tail.Advance(120);
        log.Write("end");
        tail.Run();
        tail.Restart(End.Kill);
        tail.Run();
        Assert.Equal((string[])["0 a", "0 b", "1 a", "1 b and more", .. then == "restarted" ? (string[])["1 c"] : [], "2 a", "2 b", .. taker == "rotated" ? (string[])["3"] : [], "end"], tail.Stored().Of(log));
        tail.AssertNothingLost();
    }

    /// <summary>Whoever has got the number from the file system gets the other's.</summary>
    private void Give(ulong inode, NodeFile file)
    {
        var own = Special.Inode(file.FilePath);
        (_given[own], _given[inode]) = (inode, own);
    }
}
