using Collector.Pipeline.Upload;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>How many attempts may be in flight.</summary>
public sealed class ConcurrencyTests
{
    private readonly Concurrency _concurrency = new();

    [Fact]
    public void Attempts_that_are_throttled_together_halve_it_once_and_never_below_one()
    {
        var together = _concurrency.Begin();
        _concurrency.Throttled(together);
        _concurrency.Throttled(together);
        Assert.Equal(Concurrency.Most / 2, _concurrency.Allowed);
        for (var i = 0; i < 5; i++)
        {
            _concurrency.Throttled(_concurrency.Begin());
        }

        Assert.Equal(1, _concurrency.Allowed);
    }

    [Fact]
    public void It_grows_back_by_one_after_as_many_successes_as_are_allowed()
    {
        _concurrency.Throttled(_concurrency.Begin());
        _concurrency.Throttled(_concurrency.Begin());
        var grown = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            _concurrency.Stored();
            grown.Add(_concurrency.Allowed);
        }

        Assert.Equal([2, 2, 3, 3, 3, 4, 4, 4], grown);
    }

    /// <summary>S-81, with the store that S-80 to S-83 share: fewer at once while it throttles, all of them again afterwards.</summary>
    [Fact]
    public async Task S81_a_store_that_throttles_gets_fewer_attempts_at_once_and_all_of_them_again_when_it_recovers()
    {
        await using var bench = new UploadBench();
        for (var i = 0; i < 60; i++)
        {
            bench.Append($"{i}/", $"line {i}");
        }

        var minute = TimeSpan.FromMinutes(1);
        bench.Store.Script = call => call.At < minute ? StoreAnswer.Refuse(PutStatus.Throttled) : StoreAnswer.Store;
        bench.Start();
        await bench.UntilEmptyAsync();

        // Four at once are four at one virtual time.
        var late = bench.Store.Calls.Where(c => c.At > TimeSpan.FromSeconds(10) && c.At < minute).Select(c => c.At).ToList();
        Assert.NotEmpty(late);
        Assert.Equal(late.Distinct(), late);
        Assert.Equal(60, bench.Store.Keys.Count);
    }
}
