using Xunit;

namespace Collector.Reading.Tests.Runs;

/// <summary>Which run of a container is the last, where an agent has read them in another order than they were written.</summary>
public sealed class LateRunsTests : LogReading
{
    /// <summary>An agent that was down has read the later pod of a name first.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_run_is_found_though_an_earlier_one_was_read_later(bool isOneObject)
    {
        string[] Of(string uid, int hour, string text) => [.. Enumerable.Range(0, 3).Select(i => Objects.Record(Start.AddHours(hour).AddSeconds(i), $"{text} {i}", uid: uid))];
        string[] later = Of("ub", 5, "new"), earlier = Of("ua", 1, "old");
        var late = Start.AddDays(3);
        if (isOneObject)
            Store.Put(Objects.Key("shop", "cart-1", "app", late), Objects.Body([.. later, .. earlier]), late.AddMinutes(5));
        else
        {
            Store.Put(Objects.Key("shop", "cart-1", "app", late), Objects.Body(later), late.AddMinutes(1));
            Store.Put(Objects.Key("shop", "cart-1", "app", late.AddMinutes(1)), Objects.Body(earlier), late.AddMinutes(5));
        }

        Assert.Equal(["new 0", "new 1", "new 2"], await ReadAsync(Cart));
        Assert.Equal(["new 2"], await TailAsync(Cart, 1));
        Assert.Equal(["new 0", "new 1", "new 2"], await TailAsync(Cart, 10));
        Assert.Equal(["old 0", "old 1", "old 2"], await ReadAsync(Cart with { Lives = Lives.Previous }));
        Assert.Equal(["old 2"], await TailAsync(Cart with { Lives = Lives.Previous }, 1));
    }
}
