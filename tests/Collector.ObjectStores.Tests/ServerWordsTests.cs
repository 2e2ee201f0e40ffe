using System.IO.Compression;
using System.Text;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>What servers say, on its way to a log or a terminal.</summary>
public sealed class ServerWordsTests
{
    [Theory]
    [InlineData("plain words, \u00e4 \u65e5", "plain words, \u00e4 \u65e5")]
    [InlineData("a\u001b[2Jb\u0007c\u009bd", "a<1B>[2Jb<07>c<9B>d")]
    [InlineData("left\u202eright", "left<202E>right")]
    [InlineData("one\ntwo", "one")]
    public void Nothing_that_a_terminal_obeys_passes(string said, string shown) => Assert.Equal(shown, ServerWords.FirstLine(said));

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task An_escape_sequence_of_a_store_is_in_no_message(string type)
    {
        await using var server = ScriptedServer.Start(_ => new Answer(503, "down\u001b]0;owned\u0007"));
        await using var store = AnyStore.Open(type, server.Endpoint.OriginalString);

        var result = await store.ProbeAsync(CancellationToken.None);

        Assert.Contains("down<1B>]0;owned<07>", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AnyStore.Types), MemberType = typeof(AnyStore))]
    public async Task A_redirect_is_told_with_its_target_and_a_fix(string type)
    {
        await using var server = ScriptedServer.Start(_ => new Answer(307, "", ("Location", "https://elsewhere.test/logs?sig=S3cret")));
        await using var store = AnyStore.Open(type, server.Endpoint.OriginalString);

        var result = await store.PutAsync(ObjectStoreContract.NewItem("logs/a", "x"u8.ToArray(), true), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("elsewhere.test", result.Message, StringComparison.Ordinal);
        Assert.Contains("store.endpoint", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_error_is_read_and_a_binary_one_is_not_shown()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync("<Error><Code>SlowDown</Code><Message>calm</Message></Error>"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal("<Error><Code>SlowDown</Code><Message>calm</Message></Error>", (await BodyOf(compressed.ToArray(), "gzip")).Text);
        Assert.Equal("a body that is no text", (await BodyOf(compressed.ToArray(), "")).Words);
        Assert.Equal("a body that is no text", (await BodyOf([0, 1, 2], "")).Words);
        Assert.Equal("", (await BodyOf("no gzip"u8.ToArray(), "gzip")).Words);
        Assert.Equal("words", (await BodyOf(Encoding.UTF8.GetBytes("words"), "")).Words);

        static async Task<AnswerBody> BodyOf(byte[] bytes, string encoding)
        {
            using var response = new HttpResponseMessage { Content = new ByteArrayContent(bytes) };
            if (encoding.Length > 0)
                response.Content.Headers.ContentEncoding.Add(encoding);
            return await AnswerBody.ReadAsync(response, CancellationToken.None);
        }
    }
}
