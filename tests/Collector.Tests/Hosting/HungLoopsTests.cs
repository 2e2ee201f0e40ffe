using Collector.Commands;
using Collector.Hosting;
using Collector.Pipeline.Diagnostics;
using Collector.Testing.Time;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Hosting;

public sealed class HungLoopsTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);
    private readonly ManualClock clock = new();
    private readonly Lines log = new();
    private readonly List<int> ends = [];
    private readonly Heartbeat reads;
    private readonly Heartbeat uploads;
    private readonly HungLoops watch;

    public HungLoopsTests()
    {
        var health = new Health(clock);
        reads = health.Register("tail", TimeSpan.FromSeconds(60));
        uploads = health.Register("upload", TimeSpan.FromSeconds(60));
        watch = new HungLoops(health, Grace, ends.Add, clock, log);
    }

    [Fact]
    public void A_loop_that_hangs_is_one_line_and_so_is_its_return()
    {
        Pass(60);
        Assert.Empty(log);

        Pass(60);
        Assert.StartsWith("the loop \"tail\" has made no progress for 61 s", Assert.Single(log), StringComparison.Ordinal);

        reads.Beat();
        Pass(2);
        Assert.Equal("the loop \"tail\" makes progress again", log[^1]);
        Assert.Equal(2, log.Count);
        Assert.Empty(ends);
    }

    [Fact]
    public void A_stop_ends_without_a_loop_that_hangs_when_the_grace_is_over()
    {
        Pass(20, isStopping: true);
        Assert.Empty(ends);

        Assert.True(Pass(1, isStopping: true));

        Assert.Equal([ExitCode.Fatal], ends);
        Assert.Contains(": tail;", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_waits_for_loops_that_turn_and_for_one_that_rightly_blocks()
    {
        using (reads.Pause())
        {
            Pass(60, isStopping: true);
        }

        Pass(10, isStopping: true);

        Assert.Empty(ends);
    }

    [Fact]
    public void A_second_signal_does_not_wait_for_the_grace()
    {
        Assert.True(Pass(11, isStopping: true, isUrgent: true));

        Assert.Equal([ExitCode.Fatal], ends);
    }

    /// <summary>Second by second, in which the uploads turn. Whether the last look ended the process.</summary>
    private bool Pass(int seconds, bool isStopping = false, bool isUrgent = false)
    {
        bool hasEnded = false;
        for (int second = 0; second < seconds; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            uploads.Beat();
            hasEnded = watch.Check(isStopping, isUrgent);
        }

        return hasEnded;
    }

    private sealed class Lines : List<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));
    }
}
