using System.Text;
using System.Text.RegularExpressions;
using Collector.Pipeline.Cri;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tests.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Cri;

public sealed partial class CriLineTests
{
    [Theory]
    [InlineData("2026-11-20T10:00:00.123456789Z stdout F hello world", LogStream.Stdout, false, "hello world")]
    [InlineData("2026-11-20T10:00:00.12Z stderr P half", LogStream.Stderr, true, "half")]
    [InlineData("2026-11-20T10:00:00Z stdout F x", LogStream.Stdout, false, "x")]
    [InlineData("2026-11-20T10:00:00.123456789+01:00 stdout F x", LogStream.Stdout, false, "x")]
    [InlineData("2026-11-20T10:00:00Z stdout F ", LogStream.Stdout, false, "")]
    [InlineData("2026-11-20T10:00:00Z stdout F", LogStream.Stdout, false, "")]
    [InlineData("2026-11-20T10:00:00Z stdout F  \t ", LogStream.Stdout, false, " \t ")]
    [InlineData("2026-11-20T10:00:00Z stdout F windows\r", LogStream.Stdout, false, "windows\r")]
    public void Reads_the_parts_of_a_line(string line, LogStream stream, bool isPartial, string text)
    {
        Assert.True(CriLine.TryParse(Encoding.UTF8.GetBytes(line), out var parsed));
        Assert.Equal(stream, parsed.Stream);
        Assert.Equal(isPartial, parsed.IsPartial);
        Assert.Equal(text, Encoding.UTF8.GetString(parsed.Text));
        Assert.Equal(line.Split(' ')[0], Encoding.UTF8.GetString(parsed.Time));
    }

    /// <summary>S-54.</summary>
    [Theory]
    [InlineData("P:x text", true, "text")]
    [InlineData("F:a:b text", false, "text")]
    [InlineData("P: text", true, "text")]
    [InlineData("F:x", false, "")]
    public void A_tag_with_more_flags_is_read_by_its_first(string tagAndText, bool isPartial, string text)
    {
        Assert.True(CriLine.TryParse(Encoding.UTF8.GetBytes($"2026-11-20T10:00:00Z stdout {tagAndText}"), out var parsed));
        Assert.Equal(isPartial, parsed.IsPartial);
        Assert.Equal(text, Encoding.UTF8.GetString(parsed.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("panic: runtime error")]
    [InlineData("2026-11-20T10:00:00Z")]
    [InlineData("2026-11-20T10:00:00Z stdout")]
    [InlineData("2026-11-20T10:00:00Z stdout ")]
    [InlineData("2026-11-20T10:00:00Z stdout X text")]
    [InlineData("2026-11-20T10:00:00Z stdout FF text")]
    [InlineData("2026-11-20T10:00:00Z stdlog F text")]
    [InlineData("2026-11-20T10:00:00Z  stdout F text")]
    [InlineData("2026-11-20T10:00:00.Z stdout F text")]
    [InlineData("2026-11-20T10:00:00.1234567890Z stdout F text")]
    [InlineData("2026-11-20 10:00:00Z stdout F text")]
    [InlineData("2026-11-20T10:00:0xZ stdout F text")]
    [InlineData("2026-11-20T10:00:00 stdout F text")]
    [InlineData("2026-11-20T10:00:00+0100 stdout F text")]
    [InlineData("\0\0\0\02026-11-20T10:00:00Z stdout F text")]
    public void What_is_no_line_of_the_format_is_not_parsed(string line) =>
        Assert.False(CriLine.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Agrees_with_the_expression_on_damaged_lines(int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var line = Damage(random, RandomLine(random));
            var expected = Format().Match(line);
            Assert.True(CriLine.TryParse(Encoding.Latin1.GetBytes(line), out var parsed) == expected.Success, line);
            if (!expected.Success)
                continue;
            accepted++;
            Assert.Equal(expected.Groups["time"].Value, Encoding.Latin1.GetString(parsed.Time));
            Assert.Equal(expected.Groups["stream"].Value == "stdout", parsed.Stream == LogStream.Stdout);
            Assert.Equal(expected.Groups["tag"].Value == "P", parsed.IsPartial);
            Assert.Equal(expected.Groups["text"].Value, Encoding.Latin1.GetString(parsed.Text));
        }

        Assert.InRange(accepted, 2_000, 18_000);
    }

    [Fact]
    public void Every_line_that_containerd_wrote_is_read()
    {
        int partials = 0, fulls = 0;
        foreach (var line in Samples.ContainerdLines())
        {
            Assert.True(CriLine.TryParse(line, out var parsed), Encoding.UTF8.GetString(line));
            Assert.True(RecordTime.TryParse(parsed.Time, out _));
            _ = parsed.IsPartial ? partials++ : fulls++;
        }

        Assert.Equal((3, 60), (partials, fulls));
    }

    [GeneratedRegex(
        @"^(?<time>[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]{1,9})?(Z|[+-][0-9][0-9]:[0-9][0-9])) (?<stream>stdout|stderr) (?<tag>[PF])(:[^ ]*)?( (?<text>.*))?\z",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Format();

    private static string RandomLine(Random random)
    {
        var fraction = random.Next(11) is var digits and > 0 ? "." + "1234567890"[..digits] : "";
        string[] zones = ["Z", "Z", "Z", "+02:00", "-11:30"], tags = ["F", "P", "F:x", "P:y:z"], texts = ["", " ", " a b", " {\"k\":1}"];
        return $"2026-11-20T10:00:00{fraction}{Pick(zones)} {Pick(["stdout", "stderr"])} {Pick(tags)}{Pick(texts)}";

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    private static string Damage(Random random, string line)
    {
        const string Bytes = "0129:-+.TZPF stdoer\u00ff\n/";
        var damaged = new StringBuilder(line);
        for (var times = random.Next(3); times > 0; times--)
        {
            var at = random.Next(damaged.Length);
            if (random.Next(2) == 0)
                damaged[at] = Bytes[random.Next(Bytes.Length)];
            else if (random.Next(2) == 0)
                damaged.Remove(at, 1);
            else
                damaged.Insert(at, Bytes[random.Next(Bytes.Length)]);
        }

        return damaged.ToString();
    }
}
