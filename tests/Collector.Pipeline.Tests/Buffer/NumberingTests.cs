using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

public sealed class NumberingTests
{
    private readonly ManualClock _clock = new();

    /// <summary>S-116, over restarts too.</summary>
    [Fact]
    public void Keys_of_a_prefix_keep_their_order_when_the_wall_clock_steps_an_hour_back_and_forth()
    {
        var keys = new List<string>();
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var numbering = new Numbering(7, _clock);
            for (var i = 0; i < 100; i++)
            {
                keys.Add(KeyOf(numbering));
                _clock.Advance(TimeSpan.FromMilliseconds(random.Next(3)));
                if (random.Next(10) == 0)
                {
                    _clock.StepWallClock(TimeSpan.FromHours(random.Next(2) == 0 ? 1 : -1));
                }

                if (random.Next(10) == 0)
                {
                    var next = new Numbering(7, _clock);
                    next.Raise(numbering.LastSeq, numbering.LastOpenedAt);
                    numbering = next;
                }
            }

            Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
            Assert.Equal(keys.Count, keys.Distinct(StringComparer.Ordinal).Count());
            keys.Clear();
        }
    }

    [Fact]
    public void The_time_is_the_clocks_when_that_does_not_go_back()
    {
        var numbering = new Numbering(7, _clock);
        Assert.Equal((1, _clock.GetUtcNow().ToUnixTimeMilliseconds()), numbering.Next());

        numbering.Raise(41, 0);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((42, _clock.GetUtcNow().ToUnixTimeMilliseconds()), numbering.Next());
    }

    private static string KeyOf(Numbering numbering)
    {
        var (seq, openedAt) = numbering.Next();
        return new ChunkHeader(seq, numbering.Instance, openedAt, "p/", "node", ObjectFormat.Json, Compression.None, 0, 1).Key;
    }
}
