using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What reading costs in memory (design, What must be fast).</summary>
public class AllocationTests
{
    private const int Lines = 100_000;

    /// <summary>A read's coverage, its frame and the chunk's book-keeping; measured 2.5 KiB on this harness, of which the simulated disk's part is most.</summary>
    private const int BytesPerFrame = 16 * 1024;

    private const int ReadSize = 256 * 1024;

    [Fact]
    public void Reading_parsing_encoding_and_committing_allocates_nothing_per_line()
    {
        using var tail = new TailHarness(new TailOptions { HasRealDisk = true });
        var log = tail.Container().Write("warm up").Partial("and ").Full("join");
        tail.Run();
        var text = new string('x', 100);
        var lines = new MemoryStream();
        for (var i = 0; i < Lines; i++)
        {
            lines.Write(log.Line(i % 10 == 0 ? "stderr" : "stdout", "F", $"{i:d6} {text}"));
        }

        log.Raw(lines.ToArray());
        tail.Worker.PollAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (tail.Worker.Cycle())
        {
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Lines + 2, tail.Source().Records);
        var frames = (lines.Length / ReadSize) + 2;
        Assert.InRange(allocated, 0, 1);
    }
}
