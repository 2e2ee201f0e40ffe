using System.Net;
using Collector.Configuration;
using Collector.Pipeline.Buffer;
using Collector.ObjectStores.Credentials;
using Xunit;

namespace Collector.Tests.Configuration;

/// <summary>Values as text: sizes, durations, shares of a disk, addresses, secrets.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1234", 1234)]
    [InlineData("2kB", 2_000)]
    [InlineData("48MB", 48_000_000)]
    [InlineData("3GB", 3_000_000_000)]
    [InlineData("2KiB", 2_048)]
    [InlineData("1 MiB", 1_048_576)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_size_is_a_whole_number_of_bytes_or_of_a_unit(string text, long bytes)
    {
        Assert.True(Size.TryParse(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("1mb")]
    [InlineData("1KB")]
    [InlineData("1Gi")]
    [InlineData("1.5GB")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1e6")]
    [InlineData("9223372036854775808")]
    [InlineData("9999999999GiB")]
    public void Anything_else_is_no_size(string text) => Assert.False(Size.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1025, "1025")]
    [InlineData(48_000_000, "48MB")]
    [InlineData(1_048_576, "1MiB")]
    [InlineData(2_147_483_648, "2GiB")]
    public void A_size_is_printed_short_and_exact(long bytes, string text) => Assert.Equal(text, Size.Format(bytes));

    [Theory]
    [InlineData("250ms", 250, "250ms")]
    [InlineData("5s", 5_000, "5s")]
    [InlineData("60s", 60_000, "1m")]
    [InlineData("1m30s", 90_000, "90s")]
    [InlineData("1h1ms", 3_600_001, "3600001ms")]
    [InlineData("720h", 2_592_000_000, "720h")]
    public void A_duration_is_whole_numbers_of_units(string text, long milliseconds, string printed)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
        Assert.Equal(printed, Duration.Format(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("1.5s")]
    [InlineData("1d")]
    [InlineData("1s1m")]
    [InlineData("1s1s")]
    [InlineData("5 s")]
    [InlineData("721h")]
    [InlineData("99999999999s")]
    public void Anything_else_is_no_duration(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Free_disk_is_a_share_or_a_size()
    {
        Assert.True(FreeDiskText.TryParse("12%", out var share));
        Assert.Equal(FreeDisk.OfPercent(12), share);
        Assert.Equal(120_000, share.On(1_000_000));
        Assert.True(FreeDiskText.TryParse("5GiB", out var size));
        Assert.Equal(FreeDisk.OfBytes(5 * Size.GiB), size);
        Assert.Equal(5 * Size.GiB, size.On(1_000_000));
        Assert.All(["100%", "%", "1.5%", "x"], text => Assert.False(FreeDiskText.TryParse(text, out _)));
    }

    [Theory]
    [InlineData(":2020", null, 2020)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("[::1]:9", "::1", 9)]
    [InlineData("0.0.0.0:65535", "0.0.0.0", 65535)]
    public void An_address_has_a_port_and_may_have_a_host(string text, string? host, int port)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));
        Assert.Equal(new ListenAddress(host is null ? null : IPAddress.Parse(host), port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("2020")]
    [InlineData(":")]
    [InlineData(":65536")]
    [InlineData("::1:2020")]
    [InlineData("[127.0.0.1]:1")]
    [InlineData("node-1:2020")]
    [InlineData("http://127.0.0.1:2020")]
    public void Anything_else_is_no_address(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    [Fact]
    public void A_secret_is_never_printed()
    {
        var identity = new AwsIdentitySettings { SecretAccessKey = new Secret("hunter2", "") };

        Assert.DoesNotContain("hunter2", identity.ToString());
    }
}
