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

    [Theory]
    [InlineData("http://")]
    [InlineData("user:S3cret@:::bad")]
    [InlineData("http://user:S3cret/pw@proxy:3128")]
    [InlineData("http://user:443#S3cret@proxy:3128")]
    [InlineData("ftp://user:S3cret@proxy")]
    public void A_text_that_is_no_proxy_is_a_problem_that_names_the_variable_and_no_secret(string text)
    {
        foreach (var name in new[] { "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" })
        {
            var proxy = Of((name, text));
            var problem = Assert.Single(proxy.Problems);
            Assert.StartsWith($"{name} ", problem, StringComparison.Ordinal);
            Assert.DoesNotContain("S3cret", problem, StringComparison.Ordinal);
            Assert.Equal(problem, proxy.For(new Uri("https://store"))!.Problem);
        }
    }

    [Fact]
    public void Whatever_NO_PROXY_has_is_no_problem_because_it_leads_nothing_around_a_proxy_that_it_does_not_name() =>
        Assert.Empty(Of(("HTTPS_PROXY", "proxy:3128"), ("NO_PROXY", "a b:::c")).Problems);

    [Fact]
    public void A_socks_proxy_under_curls_name_is_one() =>
        Assert.Equal(new Uri("socks5://two:1080"), Of(("ALL_PROXY", "socks5h://two:1080")).GetProxy(new Uri("http://a")));

    private static EnvironmentProxy Of(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
