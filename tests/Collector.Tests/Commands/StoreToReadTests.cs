using Collector.Commands.Reading;
using Xunit;

namespace Collector.Tests.Commands;

/// <summary>Where <c>collector logs</c> reads from.</summary>
public sealed class StoreToReadTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("collector-from-");

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData("s3://my-logs?region=eu-central-1", "s3://my-logs in eu-central-1", "persisted-logs/")]
    [InlineData("s3://my-logs/persisted-logs/?endpoint=http://127.0.0.1:9000", "s3://my-logs at http://127.0.0.1:9000", "persisted-logs/")]
    [InlineData("s3://my-logs/backup?endpoint=http://127.0.0.1:9000", "s3://my-logs at http://127.0.0.1:9000", "backup/persisted-logs/")]
    [InlineData("gs://my-logs/backup", "gs://my-logs", "backup/persisted-logs/")]
    [InlineData("azblob://mystorage/logs", "azblob://mystorage/logs", "persisted-logs/")]
    [InlineData("azblob://mystorage/logs/backup/a", "azblob://mystorage/logs", "backup/a/persisted-logs/")]
    public async Task A_url_is_a_store_and_what_stands_before_the_layout(string from, string description, string beginning)
    {
        Assert.True(StoreToRead.TryOpen(from, null, "none", null, out var store, out var error), error);
        await using var reader = store.Reader;
        Assert.Equal(description, reader.Description);
        Assert.StartsWith(beginning + "namespace-", store.Layout.Text, StringComparison.Ordinal);
    }

    /// <summary>Scripts write such times for "no beginning" and "no end".</summary>
    [Theory]
    [InlineData("0001-01-01", "1970-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z", "2261-12-31T00:00:00Z")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00Z")]
    [InlineData("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:00Z")]
    public void Times_beyond_all_logs_are_the_first_or_the_last(string text, string time) =>
        Assert.Equal(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), Times.At(text));

    /// <summary>Rounded up, the beginning would leave out the line of that very time.</summary>
    [Theory]
    [InlineData("2026-11-20T10:00:00.123456789Z", 1234567)]
    [InlineData("2026-11-20T10:00:00.999999999+00:00", 9999999)]
    [InlineData("2026-11-20T10:00:00.1234567Z", 1234567)]
    public void Nanoseconds_are_rounded_down(string text, long ticks) =>
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddTicks(ticks), Times.At(text));

    [Theory]
    [InlineData("2h", 7200)]
    [InlineData("1.5h", 5400)]
    [InlineData("1h30m", 5400)]
    [InlineData("7d", 604800)]
    [InlineData("1d12h", 129600)]
    [InlineData("1000h", 3600000)]
    [InlineData("1500ms", 1.5)]
    [InlineData("0s", 0)]
    public void A_duration_is_any_that_kubectl_takes_and_days(string text, double seconds)
    {
        var now = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal(now.AddSeconds(-seconds), Times.Ago(text, now));
        Assert.Equal(seconds == 0 ? DateTimeOffset.UnixEpoch : now.AddSeconds(-seconds), Times.Since(text, now));
    }

    [Theory]
    [InlineData("99999999999999999999d")]
    [InlineData("30000d")]
    public void A_duration_that_goes_back_to_before_all_logs_begins_at_the_first(string text) => Assert.Equal(DateTimeOffset.UnixEpoch, Times.Ago(text, DateTimeOffset.UtcNow));

    [Theory]
    [InlineData("2")]
    [InlineData("h")]
    [InlineData("-2h")]
    [InlineData("1,5h")]
    [InlineData(".5h")]
    [InlineData("2 h")]
    [InlineData("1w")]
    [InlineData("")]
    public void What_is_no_duration_is_refused(string text) => Assert.Null(Times.Ago(text, DateTimeOffset.UtcNow));

    [Theory]
    [InlineData("11/30/2026")]
    [InlineData("30 Nov 2026")]
    [InlineData("2026-11")]
    [InlineData("")]
    public void A_time_that_does_not_begin_like_2026_11_20_is_refused(string text) => Assert.Null(Times.At(text));

    [Theory]
    [InlineData("gs://", "")]
    [InlineData("gs://my-logs?region=x", "'region' is not an option of gs://")]
    [InlineData("http://my-logs", "not a supported URL")]
    [InlineData("azblob://mystorage", "not a supported URL")]
    [InlineData("s3://my-logs?regoin=x", "'regoin' is not an option of s3://")]
    [InlineData("s3://", "")]
    [InlineData("", "--from is empty; write s3://bucket/prefix")]
    [InlineData("s3://my-logs?region=a&region=b", "the option 'region' is given twice")]
    public void What_is_none_is_told(string from, string words)
    {
        Assert.False(StoreToRead.TryOpen(from, null, "none", null, out _, out var error));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task A_directory_may_be_the_store_or_the_one_in_it_that_all_keys_begin_with()
    {
        Directory.CreateDirectory($"{directory.FullName}/persisted-logs");
        foreach (var from in (string[])[directory.FullName, directory.FullName + "/persisted-logs/", $"file://{directory.FullName}/persisted-logs"])
        {
            Assert.True(StoreToRead.TryOpen(from, null, "none", null, out var store, out var error), error);
            await using var reader = store.Reader;
            Assert.Equal($"the directory {directory.FullName}", reader.Description);
        }
    }

    [Fact]
    public void Without_a_url_and_a_configuration_both_ways_are_named()
    {
        Assert.False(StoreToRead.TryOpen(null, null, directory.FullName + "/none.yaml", null, out _, out var error));
        Assert.Contains("--from URL", error, StringComparison.Ordinal);
        Assert.Contains("--config FILE", error, StringComparison.Ordinal);
        Assert.False(StoreToRead.TryOpen("s3://a", null, "none", "default", out _, out error));
        Assert.Contains("exclude each other", error, StringComparison.Ordinal);
        Assert.False(StoreToRead.TryOpen("s3://a?region=x", "{", "none", null, out _, out error));
        Assert.StartsWith("--key-prefix: ", error, StringComparison.Ordinal);
    }
}
