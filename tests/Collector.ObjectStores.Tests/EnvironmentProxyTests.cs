using Collector.ObjectStores.Http;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>As curl and Go's net/http read the variables.</summary>
public sealed class EnvironmentProxyTests
{
    [Theory]
    [InlineData("", "https://s3.amazonaws.com", true)]
    [InlineData("*", "https://s3.amazonaws.com", false)]
    [InlineData("amazonaws.com", "https://s3.amazonaws.com", false)]
    [InlineData("amazonaws.com", "https://amazonaws.com", false)]
    [InlineData("AmazonAWS.com.", "https://s3.amazonaws.com", false)]
    [InlineData(".amazonaws.com", "https://s3.amazonaws.com", false)]
    [InlineData("*.amazonaws.com", "https://s3.amazonaws.com", false)]
    [InlineData("aws.com", "https://s3.amazonaws.com", true)]
    [InlineData("minio, .svc ,other", "https://minio:9000", false)]
    [InlineData("minio .svc", "https://minio.store.svc", false)]
    [InlineData("minio:9001", "https://minio:9000", true)]
    [InlineData("minio:9000", "https://minio:9000", false)]
    [InlineData("example.com:443", "https://store.example.com", false)]
    [InlineData("10.0.0.0/8", "https://10.96.0.1", false)]
    [InlineData("10.0.0.0/8", "https://11.96.0.1", true)]
    [InlineData("10.96.0.1", "https://10.96.0.1:9000", false)]
    [InlineData("10.96.0.1", "https://10.96.0.10", true)]
    [InlineData("10.0.0.0/8:9000", "https://10.96.0.1:9000", false)]
    [InlineData("fd00::/8", "https://[fd00::1]:9000", false)]
    [InlineData("[fd00::1]:9000", "https://[fd00::1]:9000", false)]
    [InlineData("fd00::1", "https://[fd00::2]", true)]
    [InlineData("not a network/99", "https://10.0.0.1", true)]
    [InlineData(",,", "https://10.0.0.1", true)]
    public void A_host_of_the_list_is_asked_directly(string list, string url, bool isByProxy)
    {
        var proxy = Of(("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", list));

        Assert.Equal(isByProxy ? new Uri("http://proxy:3128") : null, proxy.GetProxy(new Uri(url)));
        Assert.Equal(!isByProxy, proxy.IsBypassed(new Uri(url)));
    }

    [Fact]
    public void Each_scheme_has_its_own_and_another_is_for_all()
    {
        var proxy = Of(("https_proxy", "one:3128\n"), ("ALL_PROXY", "socks5://two:1080"));

        Assert.Equal(new Uri("http://one:3128"), proxy.GetProxy(new Uri("https://a")));
        Assert.Equal(new Uri("socks5://two:1080"), proxy.GetProxy(new Uri("http://a")));
        Assert.Null(Of().GetProxy(new Uri("https://a")));
        Assert.Null(Of(("HTTPS_PROXY", "http://")).GetProxy(new Uri("https://a")));
    }

    [Fact]
    public void User_and_password_are_credentials_and_in_no_address()
    {
        var proxy = Of(("HTTPS_PROXY", "http://me:p%40ss@proxy:3128/"));

        var address = proxy.GetProxy(new Uri("https://a"))!;
        Assert.Equal("http://proxy:3128/", address.AbsoluteUri);
        var credential = proxy.Credentials!.GetCredential(address, "Basic")!;
        Assert.Equal(("me", "p@ss"), (credential.UserName, credential.Password));
        Assert.Null(proxy.Credentials.GetCredential(new Uri("http://other:3128"), "Basic"));
    }

    private static EnvironmentProxy Of(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
