using Collector.Endpoints;
using Xunit;

namespace Collector.Tests.Endpoints;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(":2020")]
    [InlineData("127.0.0.1:2020")]
    [InlineData("[::1]:0")]
    [InlineData("0.0.0.0:65535")]
    public void An_address_is_read_and_written_the_same(string text)
    {
        Assert.True(ListenAddress.TryParse(text, out var address));
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("2020")]
    [InlineData("localhost:2020")]
    [InlineData("::1:2020")]
    [InlineData("[127.0.0.1]:2020")]
    [InlineData("127.0.0.1:")]
    [InlineData(":65536")]
    [InlineData(":-1")]
    [InlineData(": 80")]
    public void What_is_no_address_with_a_port_is_refused(string text) => Assert.False(ListenAddress.TryParse(text, out _));
}
