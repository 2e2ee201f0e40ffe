using System.Text.Json;
using Collector.Configuration;
using Collector.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Logging;

public sealed class LogRateLimitTests : IDisposable
{
    private readonly LogOutput _output = new(LogFormat.Json);

    public void Dispose() => _output.Dispose();

    [Fact]
    public void A_template_that_repeats_is_cut_off_and_the_next_line_tells_how_many_were_suppressed()
    {
        Park(LogRateLimiter.Burst + 7);
        Assert.Equal(LogRateLimiter.Burst, _output.Lines.Length);

        _output.Clock.Advance(LogRateLimiter.Refill);
        Park(1);

        Assert.Equal(7, Suppressed(_output.Lines[^1]));
    }

    [Fact]
    public void Another_template_or_another_logger_is_not_silenced()
    {
        Park(LogRateLimiter.Burst + 1);

        _output.Logger().LogWarning("unparked {Path}", "x");
        _output.Logger("Other").LogWarning("parked {Path}", "x");

        Assert.Equal(LogRateLimiter.Burst + 2, _output.Lines.Length);
    }

    [Fact]
    public void A_critical_entry_is_never_suppressed()
    {
        for (var i = 0; i < LogRateLimiter.Burst * 2; i++)
        {
            _output.Logger().LogCritical("a loop died");
        }

        Assert.Equal(LogRateLimiter.Burst * 2, _output.Lines.Length);
    }

    [Fact]
    public void What_was_suppressed_is_told_once_even_when_the_template_goes_quiet()
    {
        Park(LogRateLimiter.Burst + 7);

        _output.Provider.TellSuppressed();
        _output.Provider.TellSuppressed();

        Assert.Equal(LogRateLimiter.Burst + 1, _output.Lines.Length);
        using var line = JsonDocument.Parse(_output.Lines[^1]);
        Assert.Equal("parked /var/log/26", line.RootElement.GetProperty("message").GetString());
        Assert.Equal("/var/log/26", line.RootElement.GetProperty("path").GetString());
        Assert.Equal("warn", line.RootElement.GetProperty("level").GetString());
        Assert.Equal(6, Suppressed(_output.Lines[^1]));
    }

    [Fact]
    public void What_was_suppressed_is_told_at_the_end()
    {
        Park(LogRateLimiter.Burst + 7);

        _output.Provider.Dispose();
        _output.Logger().LogWarning("too late");

        Assert.Equal(6, Suppressed(_output.Lines[^1]));
    }

    [Fact]
    public void Templates_made_at_run_time_cannot_grow_the_limiter_or_escape_it()
    {
        var limiter = new LogRateLimiter(_output.Clock);
        var passed = 0;

        for (var i = 0; i < LogRateLimiter.MaxBuckets * 2; i++)
        {
            passed += limiter.TryTake(new LogKey("x", $"template {i}", ""), new LogEntry { Level = LogLevel.Warning, Logger = "x", Message = "" }, out _) ? 1 : 0;
        }

        Assert.Equal(LogRateLimiter.MaxBuckets + LogRateLimiter.Burst, passed);
    }

    /// <summary>Most troubles are logged once: a line that is suppressed then would never come.</summary>
    [Theory]
    [InlineData("output {Output}: {Why}")]
    [InlineData("source {Source}: {Why}")]
    public void Every_output_and_source_is_named_however_many_there_are(string template)
    {
        for (var i = 0; i < 1000; i++)
        {
            _output.Logger().LogWarning(template, $"o{i}", "no connection");
        }

        Assert.Equal(1000, _output.Lines.Length);
    }

    [Fact]
    public void A_single_suppressed_line_comes_later_as_it_was()
    {
        Park(LogRateLimiter.Burst + 1);

        _output.Provider.TellSuppressed();

        using var line = JsonDocument.Parse(_output.Lines[^1]);
        Assert.Equal($"parked /var/log/{LogRateLimiter.Burst}", line.RootElement.GetProperty("message").GetString());
        Assert.False(line.RootElement.TryGetProperty("suppressed", out _));
    }

    [Fact]
    public void Buckets_that_are_full_again_are_forgotten()
    {
        var limiter = new LogRateLimiter(_output.Clock);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < LogRateLimiter.MaxBuckets; i++)
            {
                Assert.True(limiter.TryTake(new LogKey("x", "t", $"{round}-{i}"), new LogEntry { Level = LogLevel.Warning, Logger = "x", Message = "" }, out _));
            }

            _output.Clock.Advance(LogRateLimiter.Burst * LogRateLimiter.Refill);
        }
    }

    private static long Suppressed(string line)
    {
        using var parsed = JsonDocument.Parse(line);
        return parsed.RootElement.GetProperty("suppressed").GetInt64();
    }

    private void Park(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _output.Logger().LogWarning("parked {Path}", $"/var/log/{i}");
        }
    }
}
