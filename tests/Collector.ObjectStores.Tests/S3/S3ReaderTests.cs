using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

public sealed class S3ReaderTests : ObjectReaderContract, IClassFixture<S3RverFixture>
{
    private readonly S3RverFixture _s3rver;
    private readonly string _bucket;

    public S3ReaderTests(S3RverFixture s3rver)
    {
        _s3rver = s3rver;
        _bucket = s3rver.NewBucket();
        Store = Stores.Open(Stores.Settings(s3rver.Server.Endpoint, _bucket));
        Reader = new S3ObjectReader(Stores.Settings(s3rver.Server.Endpoint, _bucket), _ => null);
        Stranger = new S3ObjectReader(Stores.Settings(s3rver.Server.Endpoint, _bucket) with { Identity = Stores.Keys("NOBODY", "secret") }, _ => null);
    }

    protected override IObjectStore Store { get; }

    protected override IObjectReader Reader { get; }

    protected override IObjectReader? Stranger { get; }

    /// <summary>s3rver cannot make the token of a second page with today's Node; the next test plays a store that can.</summary>
    [Fact]
    public override async Task Pages_follow_each_other_without_gap_or_overlap()
    {
        var failed = await Assert.ThrowsAsync<StoreReadException>(base.Pages_follow_each_other_without_gap_or_overlap);
        Assert.Equal(ReadTrouble.Unavailable, failed.Trouble);
    }

    [Fact]
    public async Task The_next_page_is_asked_for_by_the_token_of_the_last()
    {
        await using var server = ScriptedServer.Start(request => new Answer(200, Page(request.Target.Contains("continuation-token=", StringComparison.Ordinal)), ("Content-Type", "application/xml")));
        await using var reader = new S3ObjectReader(Stores.Settings(server.Endpoint, "logs"), _ => null);

        var query = new ObjectQuery("p/") { StartAfter = "p/0" };
        var first = await reader.ListAsync(query, CancellationToken.None);
        var second = await reader.ListAsync(query with { Continuation = first.Next }, CancellationToken.None);

        Assert.Equal(("p/1", 7, "token+/="), (first.Objects[0].Key, first.Objects[0].Length, first.Next));
        Assert.Equal(("p/2", null), (Assert.Single(second.Objects).Key, second.Next));
        Assert.Contains("start-after=p%2F0", server.Requests[0].Target, StringComparison.Ordinal);
        Assert.Contains("continuation-token=token%2B%2F%3D", server.Requests[1].Target, StringComparison.Ordinal);

        static string Page(bool isSecond) => $"""
            <?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name><Prefix>p/</Prefix>
            <IsTruncated>{(isSecond ? "false" : "true")}</IsTruncated>{(isSecond ? "" : "<NextContinuationToken>token+/=</NextContinuationToken>")}
            <Contents><Key>p/{(isSecond ? 2 : 1)}</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified><ETag>"0"</ETag><Size>7</Size></Contents></ListBucketResult>
            """;
    }

    /// <summary>Of a store that encrypts, an ETag is 32 hexadecimal digits, and no MD5 of what it gives.</summary>
    [Theory]
    [InlineData(0, "the whole")]
    [InlineData(4, "whole")]
    public async Task An_ETag_that_looks_like_an_MD5_and_is_none_alters_no_object(long offset, string expected)
    {
        await using var server = ScriptedServer.Start(request => request["range"].Length > 0
            ? new Answer(206, "the whole"[(int)offset..], ("ETag", "\"0123456789abcdef0123456789abcdef\""), ("Content-Range", $"bytes {offset}-8/9"))
            : new Answer(200, "the whole", ("ETag", "\"0123456789abcdef0123456789abcdef\"")));
        await using var reader = new S3ObjectReader(Stores.Settings(server.Endpoint, "logs"), _ => null);

        using var text = new StreamReader(await reader.OpenAsync("p/1", offset, CancellationToken.None));
        Assert.Equal(expected, await text.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named()
    {
        await using var reader = new S3ObjectReader(Stores.Settings(_s3rver.Server.Endpoint, "no-such-bucket"), _ => null);

        var missing = await Assert.ThrowsAsync<StoreReadException>(() => reader.ListAsync(new ObjectQuery(""), CancellationToken.None));
        Assert.Equal(ReadTrouble.NotFound, missing.Trouble);
        Assert.Contains("no-such-bucket", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "AccessDenied", ReadTrouble.Refused, "s3:ListBucket")]
    [InlineData(400, "ExpiredToken", ReadTrouble.Refused, "have expired")]
    [InlineData(503, "SlowDown", ReadTrouble.Throttled, "SlowDown")]
    [InlineData(500, "InternalError", ReadTrouble.Unavailable, "InternalError")]
    [InlineData(404, "NoSuchBucket", ReadTrouble.NotFound, "NoSuchBucket")]
    public async Task Each_refusal_says_what_it_is(int status, string code, ReadTrouble trouble, string words)
    {
        await using var server = ScriptedServer.Start(_ => new Answer(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>", ("Content-Type", "application/xml")));
        await using var reader = new S3ObjectReader(Stores.Settings(server.Endpoint, "logs"), _ => null);

        var refused = await Assert.ThrowsAsync<StoreReadException>(() => reader.ListAsync(new ObjectQuery(""), CancellationToken.None));

        Assert.Equal(trouble, refused.Trouble);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_unavailable()
    {
        await using var reader = new S3ObjectReader(Stores.Settings(new Uri("http://127.0.0.1:1"), "logs"), _ => null);

        var away = await Assert.ThrowsAsync<StoreReadException>(() => reader.ListAsync(new ObjectQuery(""), CancellationToken.None));
        Assert.Equal(ReadTrouble.Unavailable, away.Trouble);
        Assert.Contains("127.0.0.1:1", away.Message, StringComparison.Ordinal);
    }
}
