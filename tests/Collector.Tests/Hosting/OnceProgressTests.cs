using Collector.Hosting;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Tests.Hosting;

public sealed class OnceProgressTests
{
    [Fact]
    public void A_line_is_shown_at_once_and_written_over_each_second_and_nothing_of_it_is_left()
    {
        var clock = new ManualClock();
        var books = new Books(clock);
        var tail = books.AddTail();
        using var terminal = new StringWriter();
        var progress = new OnceProgress(terminal, books.Snapshot, clock);
        clock.Advance(TimeSpan.Zero);
        tail.Set(new TailFigures { Open = 2, Idle = 1, LagBytes = 1_500_000 });
        clock.Advance(TimeSpan.FromSeconds(1));
        progress.Dispose();
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("\e[K0 files, 0 bytes read, 0 objects stored\r\e[K3 files, 0 bytes read (1.5 MB to go), 0 objects stored\r\e[K", terminal.ToString());
    }
}
