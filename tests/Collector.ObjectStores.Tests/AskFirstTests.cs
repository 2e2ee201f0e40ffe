using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>A server that does not do what <c>Expect</c> asks for answers 417, and is asked without it then (RFC 9110 §10.1.1, §15.5.18).</summary>
public sealed class AskFirstTests
{
    private static readonly byte[] Body = new byte[2 * AskFirst.From];

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_large_object_waits_once_for_a_server_that_knows_no_expectations(string type)
    {
        await using var server = ScriptedServer.Start(request => request["expect"].Length > 0 ? new Answer(417) : AnyStore.Receipt(type, request));
        await using var store = AnyStore.Open(type, server.Endpoint.OriginalString);

        Assert.Equal(PutStatus.Unavailable, (await PutAsync(store)).Status);
        Assert.Equal(PutStatus.Stored, (await PutAsync(store)).Status);
        Assert.Equal(PutStatus.Stored, (await PutAsync(store)).Status);
        Assert.Equal(["100-continue", "", ""], server.Requests.Where(request => request.Body.Length == Body.Length).Select(request => request["expect"]));
    }

    private static Task<PutResult> PutAsync(IObjectStore store) => store.PutAsync(ObjectStoreContract.NewItem("logs/a", Body, true), CancellationToken.None);
}
