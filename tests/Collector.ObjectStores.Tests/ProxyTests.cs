using System.Text;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A proxy that asks for a password, as RFC 9110 §11.7 has it: 407 with a challenge until the right one comes.</summary>
public sealed class ProxyTests
{
    /// <summary>So large that the headers go first.</summary>
    private static readonly byte[] Body = new byte[2 * AskFirst.From];

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_proxy_that_asks_for_a_password_gets_it_and_the_store_the_body_once(string type)
    {
        await using var proxy = ScriptedServer.Start(request => Serve(type, request));
        await using var store = Open(type, proxy.Endpoint.OriginalString.Replace("://", "://me:p%40ss@", StringComparison.Ordinal));

        var result = await store.PutAsync(ObjectStoreContract.NewItem("logs/a", Body, true), CancellationToken.None);

        Assert.Equal(PutResult.Stored, result);
        var passed = Assert.Single(proxy.Requests, request => IsAllowed(request) && request.Body.Length == Body.Length);
        Assert.StartsWith("http://store.test/", passed.Target, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_proxy_that_refuses_the_password_is_back_pressure_and_the_password_in_no_message(string type)
    {
        await using var proxy = ScriptedServer.Start(request => Serve(type, request));
        await using var store = Open(type, proxy.Endpoint.OriginalString.Replace("://", "://me:other@", StringComparison.Ordinal));

        var result = await store.PutAsync(ObjectStoreContract.NewItem("logs/a", "x"u8.ToArray(), true), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.DoesNotContain("other", result.Message + store.Description, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Unreachable
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var type in new[] { "s3", "azureBlob", "gcs" })
            {
                all.Add(type, "http://me:S3cret@127.0.0.1:1");
                all.Add(type, "http://me:S3cret@no-such-proxy.invalid:3128");
                all.Add(type, "socks5://me:S3cret@127.0.0.1:1");
            }

            return all;
        }
    }

    /// <summary>The runtime tells a proxy's troubles as the store's.</summary>
    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task A_proxy_that_is_away_is_told_as_the_proxy_and_not_as_the_store(string type, string proxy)
    {
        await using var store = Open(type, proxy);

        var result = await store.ProbeAsync(CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains($"the proxy {new Uri(proxy).GetLeftPart(UriPartial.Scheme)}{new Uri(proxy).Authority} (store.proxy)", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("store.test", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", result.Message, StringComparison.Ordinal);
    }

    /// <summary>Also where the store could be asked directly.</summary>
    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task Nothing_is_sent_around_a_proxy_that_is_set_wrongly(string type)
    {
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt(type, request));
        await using var store = AnyStore.Open(type, server.Endpoint.OriginalString, "ftp://me:S3cret@127.0.0.1:1");

        var result = await store.PutAsync(ObjectStoreContract.NewItem("logs/a", Body, true), CancellationToken.None);

        Assert.Empty(server.Requests);
        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith("store.proxy has a scheme that proxies do not have", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_port_without_TLS_is_told_with_the_fix(string type)
    {
        await using var server = ScriptedServer.Start(request => AnyStore.Receipt(type, request));
        await using var store = AnyStore.Open(type, server.Endpoint.OriginalString.Replace("http://", "https://", StringComparison.Ordinal));

        var result = await store.ProbeAsync(CancellationToken.None);

        Assert.Equal($"TLS with {server.Endpoint.Authority} failed: the server does not speak TLS on that port; correct the port of endpoint, or write http:// if the store has no TLS", result.Message);
    }

    private static Answer Serve(string type, ReceivedRequest request) =>
        IsAllowed(request) ? AnyStore.Receipt(type, request) : new Answer(407, "", ("Proxy-Authenticate", "Basic realm=\"proxy\""));

    private static bool IsAllowed(ReceivedRequest request) =>
        request["proxy-authorization"] == $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me:p@ss"))}";

    private static IObjectStore Open(string type, string proxy) => AnyStore.Open(type, "http://store.test", proxy);
}
