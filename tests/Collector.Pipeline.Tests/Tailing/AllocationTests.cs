using Xunit;

namespace Collector.Pipeline.Tests.Tailing;

/// <summary>What reading costs in memory (design, What must be fast).</summary>
public class AllocationTests
{
    private const int Lines = 100_000;

    /// <summary>A read of 256 KiB makes a coverage map, an identity and a frame: 2.1 KiB measured, about a byte a line.</summary>
    private const int BytesPerFrame = 4 * 1024;

    /// <summary>More than a read: buffers have grown.</summary>
    private const int WarmUp = 5000;

    private const int ReadSize = 256 * 1024;

    [Fact]
    public void Reading_parsing_encoding_and_committing_allocates_nothing_per_line()
    {
        using var tail = new TailHarness(new TailOptions { HasRealDisk = true });
        var log = tail.Container();
        var text = new string('x', 100);
        log.Write(Enumerable.Repeat(text, WarmUp)).Partial("and ").Full("join");
        tail.Run();
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
        Assert.Equal(Lines + WarmUp + 1, tail.Source().Records);
        var frames = (lines.Length / ReadSize) + 2;
        Assert.InRange(allocated, 0, frames * BytesPerFrame);
    }
}
