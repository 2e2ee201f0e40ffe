using System.Text;
using System.Text.Json;
using Collector.Configuration;
using Collector.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Logging;

public sealed class StderrLoggerTests
{
    [Fact]
    public void A_json_line_has_time_level_logger_message_and_the_fields_of_the_template()
    {
        using var output = new LogOutput(LogFormat.Json);

        output.Logger().LogWarning("parked {Path} after {Attempts} attempts, {Ready}, {Share}, {Nothing}", "/var/log/x", 3, true, 0.5, null);

        Assert.Equal(
            """{"time":"2026-11-20T10:00:00.000Z","level":"warn","logger":"Tailer","message":"parked /var/log/x after 3 attempts, True, 0.5, (null)","path":"/var/log/x","attempts":3,"ready":true,"share":0.5,"nothing":null}""" + "\n",
            output.Text);
    }

    [Fact]
    public void A_text_line_has_time_level_logger_and_message()
    {
        using var output = new LogOutput(LogFormat.Text);

        output.Logger().LogInformation("reading {Path}", "/var/log/x");

        Assert.Equal("2026-11-20T10:00:00.000Z info  Tailer: reading /var/log/x\n", output.Text);
    }

    [Fact]
    public void A_field_cannot_take_the_place_of_one_of_ours()
    {
        using var output = new LogOutput(LogFormat.Json);

        output.Logger().LogInformation("{Level} {Message} {Time}", "fatal", "m", "t");

        var line = JsonDocument.Parse(output.Lines[0]).RootElement;
        Assert.Equal(("info", "fatal", "m"), (Text(line, "level"), Text(line, "_level"), Text(line, "_message")));
    }

    [Fact]
    public void What_is_below_the_level_is_not_written()
    {
        using var output = new LogOutput(LogFormat.Text, LogLevel.Warning);

        output.Logger().LogInformation("no");
        output.Logger().LogWarning("yes");

        Assert.False(output.Logger().IsEnabled(LogLevel.Information));
        Assert.EndsWith("yes", Assert.Single(output.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogFormat.Json)]
    [InlineData(LogFormat.Text)]
    public void An_exception_is_on_the_same_line(LogFormat format)
    {
        using var output = new LogOutput(format);

        output.Logger().LogError(Thrown(), "failed");

        var line = Assert.Single(output.Lines);
        Assert.Contains("System.InvalidOperationException: no\\nsuch", line, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown), line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogFormat.Json)]
    [InlineData(LogFormat.Text)]
    public void A_line_is_never_longer_than_what_a_runtime_keeps_whole(LogFormat format)
    {
        using var output = new LogOutput(format);
        foreach (var hostile in new[] { "a", "\u001b", "\U000e0001", "é", "\"" })
        {
            var huge = string.Concat(Enumerable.Repeat(hostile, 20_000));
            output.Logger().LogError(new InvalidOperationException(huge), "{A} {B} {C} {D} {E} {F} {G} {H}", huge, huge, huge, huge, huge, huge, huge, huge);
        }

        Assert.Equal(5, output.Lines.Length);
        foreach (var line in output.Lines)
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(line), 1024, (16 * 1024) - 1);
            Assert.Contains('…', line);
            if (format == LogFormat.Json)
                JsonDocument.Parse(line).Dispose();
        }
    }

    [Fact]
    public void A_line_is_one_write()
    {
        using var stream = new CountingStream();
        using var provider = new StderrLoggerProvider(new LogOptions(), stream, TimeProvider.System);

        provider.CreateLogger("x").LogInformation("a {B}", "c");

        Assert.Equal(1, stream.Writes);
    }

    [Fact]
    public void A_closed_standard_error_costs_the_line_and_nothing_else()
    {
        using var stream = new CountingStream { Fails = true };
        using var provider = new StderrLoggerProvider(new LogOptions(), stream, TimeProvider.System);

        provider.CreateLogger("x").LogInformation("a");

        Assert.Equal(1, stream.Writes);
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("no\nsuch");
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        public int Writes { get; private set; }

        public bool Fails { get; init; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            if (Fails)
                throw new IOException("Broken pipe");
        }
    }
}
