using System.Text;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class TimeFormatTests
{
    private const string Noon = "2026-11-20T12:00:00.000000000Z";

    [Theory]
    [InlineData("2026-11-20T12:00:00Z", Noon)]
    [InlineData("2026-11-20T13:00:00.0+01:00", Noon)]
    [InlineData("1795176000", Noon)]
    [InlineData("1795176000123", "2026-11-20T12:00:00.123000000Z")]
    [InlineData("1795176000.123456", "2026-11-20T12:00:00.123456000Z")]
    [InlineData("1795176000123456789", "2026-11-20T12:00:00.123456789Z")]
    [InlineData("2026-11-20 12:00:00,123", "2026-11-20T12:00:00.123000000Z")]
    [InlineData("2026-11-20 13:00:00.5 +0100", "2026-11-20T12:00:00.500000000Z")]
    [InlineData("2026-11-20 12:00:00 UTC", Noon)]
    [InlineData("2026-11-20 13:00:00+01", Noon)]
    [InlineData("2026-11-20T12:00:00.1234567891+0000", "2026-11-20T12:00:00.123456789Z")]
    [InlineData("2026-11-20T12:00:00", Noon)]
    [InlineData("2026/11/20 12:00:00", Noon)]
    [InlineData("20/Nov/2026:04:00:00 -0800", Noon)]
    [InlineData("Fri, 20 Nov 2026 12:00:00 GMT", Noon)]
    [InlineData("Fri Nov 20 12:00:00 2026", Noon)]
    public void Auto_reads_what_programs_write(string text, string expected) => Assert.Equal(expected, Read(TimeFormat.Auto, text));

    [Theory]
    [InlineData("")]
    [InlineData("noon")]
    [InlineData("-5")]
    [InlineData("1e9")]
    [InlineData("2026-11-31 12:00:00")]
    [InlineData("2026-11-20 25:00:00")]
    [InlineData("2026-11-20 12:00:00 and more")]
    [InlineData("2026-11-20 12:00:00.")]
    [InlineData("2026-11-20 12:00:00 +24:00")]
    [InlineData("Fri Nov 20 12:00:00")]
    public void What_is_no_time_is_none(string text) => Assert.Null(Read(TimeFormat.Auto, text));

    [Theory]
    [InlineData("rfc3339", "2026-11-20T12:00:00Z", Noon)]
    [InlineData("rfc3339", "1795176000", null)]
    [InlineData("rfc3339", "2026-11-20 12:00:00", null)]
    [InlineData("epoch", "1795176000", Noon)]
    [InlineData("epoch", "2026-11-20T12:00:00Z", null)]
    [InlineData("%s.%L", "1795176000.5", "2026-11-20T12:00:00.500000000Z")]
    [InlineData("%d.%m.%y %I:%M %p", "20.11.26 12:00 PM", Noon)]
    [InlineData("%d.%m.%y %I:%M %p", "20.11.26 12:30 am", "2026-11-20T00:30:00.000000000Z")]
    [InlineData("%A %B %e %T %Y %Z", "Friday November 20 12:00:00 2026 UTC", Noon)]
    [InlineData("%F at %H%%", "2026-11-20 at 12%", Noon)]
    [InlineData("%Y%m%d%H%M%S", "20261120120000", Noon)]
    [InlineData("%Y-%m-%d %H:%M:%S", "2026-11-20 12:00:00.5", null)]
    [InlineData("%Y-%m-%d %H:%M:%S", "2026-11-20 12:00", null)]
    [InlineData("%Y-%m-%d %H:%M:%S", "2026-11-20", null)]
    public void A_configured_format_reads_that_and_nothing_else(string format, string text, string? expected)
    {
        Assert.True(TimeFormat.TryParse(format, out var parsed, out var error), error);
        Assert.Equal(expected, Read(parsed, text));
    }

    [Theory]
    [InlineData("", "lacks the year")]
    [InlineData("%H:%M:%S", "lacks the year")]
    [InlineData("%b %e %H:%M:%S", "lacks the year")]
    [InlineData("%Y-%m-%d %Q", "unknown code")]
    [InlineData("%Y-%m-%d %", "unknown code")]
    public void A_pattern_that_tells_no_day_is_refused(string format, string part)
    {
        Assert.False(TimeFormat.TryParse(format, out var parsed, out var error));
        Assert.Null(parsed);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    private static string? Read(TimeFormat format, string text)
    {
        if (!format.TryRead(Encoding.UTF8.GetBytes(text), out var time))
            return null;
        Span<byte> formatted = stackalloc byte[RecordTime.FormattedLength];
        time.Format(formatted);
        return Encoding.UTF8.GetString(formatted);
    }
}
