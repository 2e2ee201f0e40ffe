using Collector.Pipeline.Diagnostics;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Diagnostics;

public sealed class HealthTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly ManualClock _clock = new();
    private readonly Health _health;

    public HealthTests() => _health = new Health(_clock);

    [Fact]
    public void A_loop_that_does_not_turn_within_its_deadline_is_stalled_until_it_turns()
    {
        using var tail = _health.Register("tail", Deadline);
        using var upload = _health.Register("upload", Deadline * 10);
        _clock.Advance(Deadline);
        Assert.Empty(_health.Stalled());

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("tail", Deadline + TimeSpan.FromSeconds(1))], _health.Stalled());

        tail.Beat();
        Assert.Empty(_health.Stalled());
    }

    [Fact]
    public void A_step_of_the_wall_clock_stalls_nothing()
    {
        using var tail = _health.Register("tail", Deadline);

        _clock.StepWallClock(TimeSpan.FromHours(1));

        Assert.Empty(_health.Stalled());
    }

    [Fact]
    public void A_paused_loop_is_not_stalled_and_its_deadline_starts_again_after_the_outermost_pause()
    {
        using var tail = _health.Register("tail", Deadline);
        using (tail.Pause())
        {
            using (tail.Pause())
            {
                _clock.Advance(Deadline * 2);
            }

            _clock.Advance(Deadline * 2);
            Assert.Empty(_health.Stalled());
        }

        _clock.Advance(Deadline);
        Assert.Empty(_health.Stalled());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(_health.Stalled());
    }

    [Fact]
    public void A_loop_that_ended_in_order_is_no_longer_expected()
    {
        _health.Register("tail", Deadline).Dispose();

        _clock.Advance(Deadline * 2);

        Assert.Empty(_health.Stalled());
    }

    [Fact]
    public void Readiness_wants_every_condition_and_says_what_is_missing()
    {
        var readiness = new Readiness();
        Assert.Equal(
            [(ReadyCondition.Configuration, "not yet"), (ReadyCondition.Buffer, "not yet"), (ReadyCondition.Metadata, "not yet")],
            readiness.Missing());

        readiness.Met(ReadyCondition.Configuration);
        readiness.Met(ReadyCondition.Buffer);
        readiness.Met(ReadyCondition.Metadata);
        Assert.Empty(readiness.Missing());

        readiness.Unmet(ReadyCondition.Buffer, "read-only file system");
        Assert.Equal([(ReadyCondition.Buffer, "read-only file system")], readiness.Missing());
    }
}
