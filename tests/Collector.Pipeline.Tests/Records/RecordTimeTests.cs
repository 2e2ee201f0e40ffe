using System.Globalization;
using System.Text;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class RecordTimeTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1970-01-01T00:00:00.000000001Z", 1)]
    [InlineData("1970-01-01T00:00:01.5Z", 1_500_000_000)]
    [InlineData("1969-12-31T23:00:00-01:00", 0)]
    [InlineData("1970-01-01T05:30:00.1+05:30", 100_000_000)]
    [InlineData("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000)]
    [InlineData("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000)]
    [InlineData("2262-04-11T23:47:15.999999999Z", 9_223_372_035_999_999_999)]
    public void Reads_a_time(string text, long expected)
    {
        Assert.True(RecordTime.TryParse(Encoding.UTF8.GetBytes(text), out var time));
        Assert.Equal(expected, time.UnixNanoseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-00-01T00:00:00Z")]
    [InlineData("2026-01-00T00:00:00Z")]
    [InlineData("2026-01-01T24:00:00Z")]
    [InlineData("2026-01-01T00:60:00Z")]
    [InlineData("2026-01-01T00:00:61Z")]
    [InlineData("2026-01-01T00:00:00+24:00")]
    [InlineData("2026-01-01T00:00:00")]
    [InlineData("2026-01-01T00:00:00Zx")]
    [InlineData("2026-01-01T00:00:00.1234567891Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("1970-01-01T00:00:00+01:00")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("2262-04-12T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void Refuses_what_is_no_time_or_out_of_range(string text) =>
        Assert.False(RecordTime.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Agrees_with_the_platform_and_reads_back_what_it_writes()
    {
        var random = new Random(7);
        Span<byte> written = stackalloc byte[RecordTime.FormattedLength];
        for (var i = 0; i < 20_000; i++)
        {
            var moment = DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(290 * 365 * TimeSpan.TicksPerDay))
                .ToOffset(TimeSpan.FromMinutes(random.Next(-600, 600)));
            if (moment.UtcDateTime < DateTime.UnixEpoch)
                continue;
            var text = moment.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
            Assert.True(RecordTime.TryParse(Encoding.UTF8.GetBytes(text), out var time), text);
            Assert.Equal(moment, time.ToDateTimeOffset());
            Assert.Equal(RecordTime.From(moment), time);

            Assert.Equal(written.Length, time.Format(written));
            Assert.Equal(moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff00Z"), Encoding.UTF8.GetString(written));
            Assert.True(RecordTime.TryParse(written, out var again));
            Assert.Equal(time, again);
        }
    }

    [Theory]
    [InlineData("1700000000", "2023-11-14T22:13:20.000000000Z")]
    [InlineData("1700000000.5", "2023-11-14T22:13:20.500000000Z")]
    [InlineData("1700000000.1234567899", "2023-11-14T22:13:20.123456789Z")]
    [InlineData("1700000000123", "2023-11-14T22:13:20.123000000Z")]
    [InlineData("1700000000123.25", "2023-11-14T22:13:20.123250000Z")]
    [InlineData("1700000000123456", "2023-11-14T22:13:20.123456000Z")]
    [InlineData("1700000000123456789", "2023-11-14T22:13:20.123456789Z")]
    public void A_number_s_size_tells_its_unit(string number, string expected)
    {
        Assert.True(RecordTime.TryParseEpoch(Encoding.UTF8.GetBytes(number), out var time));
        Span<byte> written = stackalloc byte[RecordTime.FormattedLength];
        time.Format(written);
        Assert.Equal(expected, Encoding.UTF8.GetString(written));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.7e9")]
    [InlineData("99999999999")]
    [InlineData("99999999999999999999")]
    public void A_number_that_is_no_time_is_refused(string number) =>
        Assert.False(RecordTime.TryParseEpoch(Encoding.UTF8.GetBytes(number), out _));
}
