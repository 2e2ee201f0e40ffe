using Collector.Pipeline.Buffer;
using Collector.Pipeline.Upload;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

public sealed class BackoffTests
{
    private readonly ManualClock _clock = new();
    private readonly Backoff _backoff;

    public BackoffTests() => _backoff = new Backoff(new RetrySettings { MinBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(30) }, _clock);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(1_000_000, 30)]
    public void A_pause_is_a_random_part_of_a_ceiling_that_doubles_up_to_the_longest(int failures, double ceiling)
    {
        var delays = Enumerable.Range(0, 500).Select(_ => _backoff.Delay(failures).TotalSeconds).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, 0.1 * ceiling, ceiling));
        Assert.True(delays.Min() < 0.3 * ceiling);
        Assert.True(delays.Max() > 0.8 * ceiling);
    }

    [Fact]
    public void Attempts_that_fail_together_count_as_one_failure()
    {
        for (var i = 0; i < 100; i++)
        {
            _backoff.Failed(null);
        }

        Assert.InRange(_backoff.Remaining, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_the_store_asked_for_is_waited_for_even_if_another_attempt_succeeds_meanwhile()
    {
        _backoff.Failed(TimeSpan.FromSeconds(100));
        _backoff.Failed(TimeSpan.FromSeconds(10));
        _backoff.Succeeded();
        _clock.Advance(TimeSpan.FromSeconds(99));
        Assert.True(_backoff.IsWaiting);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_backoff.IsWaiting);
    }

    [Fact]
    public void A_store_that_asks_for_years_is_asked_again_sooner()
    {
        _backoff.Failed(TimeSpan.MaxValue);

        Assert.InRange(_backoff.Remaining, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_success_ends_the_pause_and_the_next_failure_is_the_first()
    {
        for (var i = 0; i < 10; i++)
        {
            _backoff.Failed(null);
            _clock.Advance(TimeSpan.FromSeconds(30));
        }

        _backoff.Succeeded();
        Assert.False(_backoff.IsWaiting);

        _backoff.Failed(null);
        Assert.InRange(_backoff.Remaining, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(1));
    }
}
