using Collector.Pipeline.Loops;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Loops;

public sealed class WakeSignalTests
{
    /// <summary>Longer than any test: a sleep that is not ended fails by the runner's limit.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly ManualClock _clock = new();
    private readonly WakeSignal _signal = new();

    [Fact]
    public void A_wake_up_before_the_sleep_ends_it_once()
    {
        _signal.Wake();
        _signal.Wake();
        _signal.Sleep(Long, CancellationToken.None);

        Assert.False(SleepAsync().IsCompleted);
    }

    [Fact]
    public async Task A_wake_up_from_another_thread_ends_a_sleep_of_a_thread()
    {
        var sleeper = Task.Run(() => _signal.Sleep(Long, CancellationToken.None));
        _signal.Wake();
        await sleeper;
    }

    [Fact]
    public async Task A_sleep_ends_when_its_time_is_over_and_leaves_nothing_behind()
    {
        var first = SleepAsync();
        Assert.False(first.IsCompleted);
        _clock.Advance(Long);
        await first;

        Assert.False(SleepAsync().IsCompleted);
    }

    [Fact]
    public async Task Cancellation_ends_a_sleep_without_an_exception()
    {
        using var stop = new CancellationTokenSource();
        var asynchronous = _signal.SleepAsync(Long, _clock, stop.Token);
        await stop.CancelAsync();
        await asynchronous;
        _signal.Sleep(Long, stop.Token);
    }

    /// <summary>Somebody waits for one of two things, and leaves the other one: the wake-up is of who sleeps now.</summary>
    [Fact]
    public async Task One_who_was_cancelled_does_not_take_the_wake_up_of_the_next()
    {
        using var leaves = new CancellationTokenSource();
        var left = _signal.SleepAsync(Long, _clock, leaves.Token);
        var next = SleepAsync();
        await leaves.CancelAsync();
        await left;
        Assert.False(next.IsCompleted);
        _signal.Wake();
        await next;
    }

    [Fact]
    public void What_is_forgotten_ends_no_sleep()
    {
        _signal.Wake();
        _signal.Forget();

        Assert.False(SleepAsync().IsCompleted);
    }

    private Task SleepAsync() => _signal.SleepAsync(Long, _clock, CancellationToken.None);
}
