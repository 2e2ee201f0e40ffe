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

    private static Answer Serve(string type, ReceivedRequest request) =>
        IsAllowed(request) ? AnyStore.Receipt(type, request) : new Answer(407, "", ("Proxy-Authenticate", "Basic realm=\"proxy\""));

    private static bool IsAllowed(ReceivedRequest request) =>
        request["proxy-authorization"] == $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me:p@ss"))}";

    private static IObjectStore Open(string type, string proxy) => AnyStore.Open(type, "http://store.test", proxy);
}
