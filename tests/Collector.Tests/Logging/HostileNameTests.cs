using System.Globalization;
using System.Text;
using System.Text.Json;
using Collector.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Collector.Tests.Logging;

/// <summary>S-122: the collector's own log of hostile names cannot forge a log line.</summary>
public sealed class HostileNameTests
{
    public static TheoryData<string> Names =>
    [
        "x.log\n{\"time\":\"2026-11-20T10:00:00Z\",\"level\":\"info\",\"message\":\"all is well\"}",
        "x\r\n2026-11-20T10:00:00.000Z info  Tailer: all is well",
        "x\",\"level\":\"info\",\"path\":\"y",
        "x\\\",\"level\":\"info",
        "x\\",
        "x\u0085y\u2028z\u2029",
        "\u001b[2K\u001b[1Aforged\u001b]0;title\u0007",
        "\u009b2Jx\u0000\b\u007f",
        "\u202egol.exe\u2066\u200b\ufeff",
        "\ud800x\udc00\udbff",
        "\U000e0041\U0010fffd\uffff",
        "日本語 é 😀 ok",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_name_stays_inside_its_json_value(string name)
    {
        using var output = new LogOutput(LogFormat.Json);

        output.Logger().LogWarning(new IOException($"cannot open {name}"), "cannot open {Path}", name);

        var line = Assert.Single(output.Lines);
        AssertVisible(line);
        using var parsed = JsonDocument.Parse(line);
        Assert.Equal(
            ["time", "level", "logger", "message", "path", "exception"],
            parsed.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("warn", parsed.RootElement.GetProperty("level").GetString());
        Assert.Equal(WellFormed(name), parsed.RootElement.GetProperty("path").GetString());
        Assert.Equal($"cannot open {WellFormed(name)}", parsed.RootElement.GetProperty("message").GetString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_name_stays_on_its_text_line(string name)
    {
        using var output = new LogOutput(LogFormat.Text);

        output.Logger().LogWarning(new IOException($"cannot open {name}"), "cannot open {Path}", name);

        var line = Assert.Single(output.Lines);
        AssertVisible(line);
        Assert.StartsWith("2026-11-20T10:00:00.000Z warn  Tailer: cannot open ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hostile_field_name_or_category_is_escaped_too()
    {
        using var output = new LogOutput(LogFormat.Json);
        KeyValuePair<string, object?>[] fields = [new("a\n\"b", "c")];

        output.Logger("x\n\"y").Log(LogLevel.Error, default, fields, exception: null, (_, _) => "m");

        using var parsed = JsonDocument.Parse(Assert.Single(output.Lines));
        Assert.Equal("c", parsed.RootElement.GetProperty("a\n\"b").GetString());
        Assert.Equal("x\n\"y", parsed.RootElement.GetProperty("logger").GetString());
    }

    [Fact]
    public void A_name_that_means_something_stays_readable()
    {
        using var output = new LogOutput(LogFormat.Text);

        output.Logger().LogWarning("{Name}", "日本語 é 😀 'ok' \"x\" a\tb c:\\d");

        Assert.EndsWith("日本語 é 😀 'ok' \"x\" a\\tb c:\\\\d", output.Lines[0], StringComparison.Ordinal);
    }

    // Independent of the writer's own list: nothing but a visible character or a plain space may reach a terminal.
    private static void AssertVisible(string line)
    {
        foreach (var rune in line.EnumerateRunes().Where(rune => rune.Value != ' '))
        {
            var category = Rune.GetUnicodeCategory(rune);
            Assert.True(
                Rune.IsLetterOrDigit(rune) || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune)
                    || category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark,
                $"U+{rune.Value:x4} in the log");
        }
    }

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
