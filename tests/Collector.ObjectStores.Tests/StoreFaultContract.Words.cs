using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests;

/// <summary>
/// Who else may answer on the way to a store, and what must not be believed of it: "stored", "already there" and "never" are only
/// what the store itself says of this key (design I13, S-141, S-144).
/// </summary>
public abstract partial class StoreFaultContract
{
    private const string Page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Welcome</body></html>";
    private const string XmlError = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>Please try again.</Message></Error>";

    /// <summary>Named, so that a test that fails says which.</summary>
    private static readonly Dictionary<string, Fault.Answer> Strangers = new(StringComparer.Ordinal)
    {
        ["a portal's page"] = new(200, Page, ("Content-Type", "text/html")),
        ["a page that is a file, with its ETag"] = new(200, Page, ("Content-Type", "text/html"), ("ETag", "\"65f1c2a0-264\"")),
        ["a page without a type"] = new(200, Page, ("ETag", "\"65f1c2a0-264\"")),
        ["a default backend"] = new(200, "default backend - 200", ("Content-Type", "text/plain; charset=utf-8")),
        ["an empty success"] = new(200),
        ["an empty success with a framework's ETag"] = new(200, "", ("ETag", "W/\"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk\"")),
        ["a success of an API"] = new(200, """{"status": "ok"}""", ("Content-Type", "application/json"), ("ETag", "\"abc\"")),
        ["a success of an API that has names"] = new(200, """{"name": "logs/a", "bucket": "logs"}""", ("Content-Type", "application/json")),
        ["an error in a success"] = new(200, XmlError, ("Content-Type", "application/xml"), ("ETag", "\"abc\"")),
        ["an error in a success that created"] = new(201, XmlError, ("Content-Type", "application/xml"), ("ETag", "\"abc\"")),
        ["created, a page"] = new(201, Page, ("Content-Type", "text/html"), ("ETag", "\"abc\"")),
        ["created, nothing more"] = new(201),
        ["accepted"] = new(202, "", ("ETag", "\"abc\"")),
        ["a transformed success"] = new(203, "", ("ETag", "\"abc\"")),
        ["no content"] = new(204),
        ["no content, with an ETag"] = new(204, "", ("ETag", "\"abc\"")),
        ["partial content"] = new(206, "", ("ETag", "\"abc\"")),
        ["not modified"] = new(304, "", ("ETag", "\"abc\"")),
        ["found elsewhere"] = new(302, "", ("Location", "/login")),
        ["a firewall's 412"] = new(412),
        ["a firewall's 412, a page"] = new(412, "<html><body>Precondition Failed</body></html>", ("Content-Type", "text/html")),
        ["a policy's 412"] = new(412, """{"error": {"code": 412, "message": "Request violates constraint 'constraints/gcp.resourceLocations'", "errors": [{"reason": "orgPolicyConstraintFailed"}]}}"""),
        ["a gateway's 412"] = new(412, """{"message": "At least one of the preconditions you specified did not hold"}"""),
        ["another condition's 412"] = new(412, "<Error><Code>PreconditionRequired</Code><Message>no</Message></Error>", ("x-ms-error-code", "LeaseIdMissing")),
        ["a conflict of somebody"] = new(409, Page, ("Content-Type", "text/html")),
        ["too large for a proxy"] = new(413, "<html><head><title>413 Request Entity Too Large</title></head></html>", ("Content-Type", "text/html")),
        ["too large"] = new(413),
        ["too large, in a store's words"] = new(413, "<Error><Code>EntityTooLarge</Code><Message>Your upload is too large</Message></Error>", ("x-ms-error-code", "RequestBodyTooLarge")),
        ["a length is missing"] = new(411, Page, ("Content-Type", "text/html")),
        ["payment"] = new(402),
        ["not acceptable"] = new(406, Page, ("Content-Type", "text/html")),
        ["a URI too long for a proxy"] = new(414),
        ["a media type for a firewall"] = new(415, """{"message": "Unsupported Media Type"}"""),
        ["a range"] = new(416),
        ["a teapot"] = new(418),
        ["misdirected"] = new(421),
        ["locked"] = new(423),
        ["too early"] = new(425),
        ["upgrade"] = new(426),
        ["headers too large"] = new(431, Page, ("Content-Type", "text/html")),
        ["for legal reasons"] = new(451, Page, ("Content-Type", "text/html")),
        ["nginx closed"] = new(444),
        ["nginx, headers too large"] = new(494, Page, ("Content-Type", "text/html")),
        ["the client went away"] = new(499),
        ["a bad request for a proxy"] = new(400, "<html><head><title>400 Bad Request</title></head></html>", ("Content-Type", "text/html")),
        ["a bad request for Envoy"] = new(400, "Bad Request", ("Content-Type", "text/plain")),
        ["a bad request for a gateway"] = new(400, """{"message": "Bad Request", "code": 400}""", ("Content-Type", "application/json")),
        ["a gateway that knows no such method"] = new(501, "<html><body>Not Implemented</body></html>", ("Content-Type", "text/html")),
    };

    public static TheoryData<string> Others => [.. Strangers.Keys];

    /// <summary>One of each kind: each takes a while with a large body.</summary>
    public static TheoryData<string> SomeOthers =>
    [
        "a page that is a file, with its ETag", "an empty success", "an error in a success", "created, a page", "no content", "not modified",
        "a firewall's 412", "a policy's 412", "too large for a proxy", "a bad request for a proxy",
    ];

    /// <summary>Whether the identity may look at an object.</summary>
    protected abstract bool MayLook { set; }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task What_somebody_else_says_on_the_way_is_back_pressure(string who)
    {
        Proxy.Next(Strangers[who]);
        Proxy.Next(Strangers[who]);

        var first = await PutAsync(Body(10));
        var second = await PutAsync(Body(10));

        Assert.All([first, second], result => Assert.True(result.Status is PutStatus.Unavailable, $"{result}"));
        Assert.NotEqual("", first.Message);
        Assert.Null(Read(Key));
        Assert.Equal(PutStatus.Stored, (await PutAsync(Body(10))).Status);
        Assert.Equal(Body(10), Read(Key));
    }

    /// <summary>For a body that is sent in more than one request where the store has a way for that.</summary>
    [Theory]
    [MemberData(nameof(SomeOthers))]
    public async Task What_somebody_else_says_to_a_large_object_is_back_pressure(string who)
    {
        var body = Body(9_000_000);
        Proxy.Next(Strangers[who]);
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(body)).Status);
        Assert.Null(Read(Key));

        Proxy.Next(Strangers[who], from: body.Length);
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(body)).Status);
        Assert.Null(Read(Key));

        Assert.Equal(PutStatus.Stored, (await PutAsync(body)).Status);
    }

    /// <summary>A probe that is not refused, or not by the store itself, proves nothing.</summary>
    [Theory]
    [MemberData(nameof(Others))]
    public async Task A_probe_believes_nobody_but_the_store(string who)
    {
        Proxy.Rule = _ => Strangers[who];

        var result = await Store.ProbeAsync(CancellationToken.None);

        Assert.True(result.Status is not (PutStatus.Stored or PutStatus.AlreadyThere), $"{result}");
        Assert.NotEqual("", result.Message);
    }

    /// <summary>An answer that does not end says nothing, and ends for us: this would not, were it read whole.</summary>
    [Fact]
    public async Task An_answer_without_end_is_read_with_a_limit()
    {
        Proxy.Next(new Fault.Flood(200));
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(Body(10))).Status);
        Proxy.Next(new Fault.Flood(503));
        Assert.Equal(PutStatus.Unavailable, (await PutAsync(Body(10))).Status);
    }

    /// <summary>S-142: a balancer that hears nothing from one gateway sends the request to another.</summary>
    [Fact]
    public async Task Our_own_request_that_came_twice_is_known_again_where_we_may_look()
    {
        MayLook = true;
        Proxy.Next(new Fault.Repeat(), from: 1000);
        var item = Item(Body(1000), true);

        Assert.Equal(Repeated, (await Store.PutAsync(item, CancellationToken.None)).Status);
        Assert.Equal(Sight.Ours, await Store.LookAsync(item, CancellationToken.None));
        Assert.NotEqual(Sight.Ours, await Store.LookAsync(Item(Body(11), true), CancellationToken.None));
    }

    [Fact]
    public async Task Where_we_may_not_look_nothing_is_known_and_the_identity_stays()
    {
        MayLook = false;
        var item = Item(Body(10), true);
        await Store.PutAsync(item, CancellationToken.None);
        var before = Renewals;
        Assert.Equal(PutStatus.AlreadyThere, (await Store.PutAsync(item, CancellationToken.None)).Status);

        Assert.NotEqual(Sight.Ours, await Store.LookAsync(item, CancellationToken.None));
        Assert.Equal(PutStatus.AlreadyThere, (await Store.PutAsync(item, CancellationToken.None)).Status);
        Assert.Equal(before, Renewals);
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task What_somebody_else_shows_is_not_our_object(string who)
    {
        MayLook = true;
        var item = Item(Body(10), true);
        await Store.PutAsync(item, CancellationToken.None);
        await Store.PutAsync(item, CancellationToken.None);
        Proxy.Rule = _ => Strangers[who];

        Assert.NotEqual(Sight.Ours, await Store.LookAsync(item, CancellationToken.None));
    }
}
