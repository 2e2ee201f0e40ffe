using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Upload;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Upload;

/// <summary>What an output's store says is told once, whatever numbers are in the words.</summary>
public sealed class ToldTroubleTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Other_words_of_the_same_outcome_and_code_are_told_only_now_and_then()
    {
        var told = new ToldTrouble(_clock);
        Assert.True(told.IsNews(AttemptResult.Unauthorized, "403 AccessDenied: request 1"));
        for (var i = 0; i < 100; i++)
        {
            Assert.False(told.IsNews(AttemptResult.Unauthorized, $"403 AccessDenied: request {i}"));
        }

        _clock.Advance(ToldTrouble.WordsAgain);
        Assert.False(told.IsNews(AttemptResult.Unauthorized, "403 AccessDenied: request 1"));
        Assert.True(told.IsNews(AttemptResult.Unauthorized, "403 AccessDenied: request 2"));
    }

    [Fact]
    public void Another_outcome_or_code_or_the_same_after_the_end_is_told_at_once()
    {
        var told = new ToldTrouble(_clock);
        Assert.True(told.IsNews(AttemptResult.Unauthorized, "403 AccessDenied: a"));
        Assert.True(told.IsNews(AttemptResult.Unauthorized, "403 ExpiredToken: a"));
        Assert.True(told.IsNews(AttemptResult.Unavailable, "403 ExpiredToken: a"));
        Assert.True(told.IsNews(AttemptResult.Unavailable, "has accepted no byte"));
        Assert.True(told.TryForget());
        Assert.False(told.TryForget());
        Assert.True(told.IsNews(AttemptResult.Unavailable, "has accepted no byte"));
    }
}
