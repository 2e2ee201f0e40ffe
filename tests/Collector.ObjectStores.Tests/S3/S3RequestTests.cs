using System.Security.Cryptography;
using Collector.ObjectStores.S3;
using Collector.Pipeline.Upload;
using Collector.Testing.Kubernetes;
using Collector.Testing.S3;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>What is sent, to the letter.</summary>
public sealed class S3RequestTests
{
    /// <summary>The example "PUT Object" of "Signature Calculations for the Authorization Header" in the Amazon S3 API Reference.</summary>
    [Fact]
    public void The_verifier_of_the_tests_computes_the_signature_of_Amazons_example()
    {
        var request = new SignedRequest("PUT", "/test%24file.text", "", new Dictionary<string, string>
        {
            ["host"] = "examplebucket.s3.amazonaws.com",
            ["date"] = "Fri, 24 May 2013 00:00:00 GMT",
            ["x-amz-date"] = "20130524T000000Z",
            ["x-amz-storage-class"] = "REDUCED_REDUNDANCY",
            ["x-amz-content-sha256"] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        });
        const string Header = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";

        Assert.True(SignatureV4.Credential.TryParse(Header, "s3", out var given));
        Assert.Equal(given.Signature, SignatureV4.Sign(request, given, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    }

    [Fact]
    public async Task A_plain_put_has_no_header_that_stores_other_than_Amazons_refuse()
    {
        var request = await SendAsync(Stored, options => options);

        Assert.Equal("PUT", request.Method);
        Assert.Equal("/logs/logs/a", request.Target);
        Assert.Equal("x", request.Text);
        Assert.Equal("1", request["content-length"]);
        Assert.Equal("application/gzip", request["content-type"]);
        Assert.Equal("*", request["if-none-match"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("x"u8)), request["x-amz-content-sha256"]);
        Assert.Equal(
            ["x-amz-content-sha256", "x-amz-date", "x-amz-meta-records"],
            request.Headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal("", request["content-encoding"] + request["transfer-encoding"] + request["expect"] + request["content-md5"]);
    }

    [Fact]
    public async Task Every_option_has_its_header()
    {
        var request = await SendAsync(Stored, options => options with
        {
            StorageClass = "GLACIER_IR",
            ServerSideEncryption = "AES256",
            Acl = "bucket-owner-full-control",
            Tags = new Dictionary<string, string> { ["team"] = "a b&c" },
        });

        Assert.Equal("GLACIER_IR", request["x-amz-storage-class"]);
        Assert.Equal("AES256", request["x-amz-server-side-encryption"]);
        Assert.Equal("bucket-owner-full-control", request["x-amz-acl"]);
        Assert.Equal("team=a%20b%26c", request["x-amz-tagging"]);
    }

    /// <summary>S-86: what Object Lock and bucket policies ask for; over TLS with an authority from a file.</summary>
    [Fact]
    public async Task Encryption_with_a_key_goes_over_TLS_with_an_authority_of_ones_own_S_86()
    {
        using var authority = new TestAuthority();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, authority.Pem);

        var request = await SendAsync(Stored, options => options with { CaFile = file, ServerSideEncryption = "aws:kms", KmsKeyId = "arn:aws:kms:eu-west-1:1:key/2" }, authority);

        File.Delete(file);
        Assert.Equal("aws:kms", request["x-amz-server-side-encryption"]);
        Assert.Equal("arn:aws:kms:eu-west-1:1:key/2", request["x-amz-server-side-encryption-aws-kms-key-id"]);
    }

    [Fact]
    public async Task An_unknown_authority_is_refused()
    {
        using var authority = new TestAuthority();
        await using var server = ScriptedServer.Start(_ => Stored, authority.SignServer());
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(S3Objects.Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("certificate", result.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(server.Requests);
    }

    /// <summary>Through a proxy, as Amazon's own names lead nowhere from here: virtual-hosted, with the checksum that Object Lock asks for (S-86).</summary>
    [Fact]
    public async Task Amazons_own_endpoint_is_sent_the_checksum_too_and_by_the_proxy_S_86()
    {
        var request = await SendAsync(Stored, options => options with { Proxy = options.Endpoint, Endpoint = "http://s3.eu-west-1.amazonaws.com", ForcePathStyle = false });

        Assert.Equal("http://logs.s3.eu-west-1.amazonaws.com/logs/a", request.Target);
        Assert.Equal(Convert.ToBase64String(SHA256.HashData("x"u8)), request["x-amz-checksum-sha256"]);
        Assert.Equal("logs.s3.eu-west-1.amazonaws.com", request["host"]);
    }

    [Fact]
    public async Task Endpoint_and_region_come_from_the_environment_when_they_are_not_configured()
    {
        await using var server = ScriptedServer.Start(_ => Stored);
        var options = Stores.Settings(server.Endpoint, "logs") with { Endpoint = "" };
        await using var store = Stores.Open(options, environment: new Dictionary<string, string> { ["AWS_ENDPOINT_URL_S3"] = server.Endpoint.OriginalString, ["AWS_REGION"] = "eu-west-3" });

        Assert.Equal(PutStatus.Stored, (await store.PutAsync(S3Objects.Item("a", "x"u8.ToArray()), CancellationToken.None)).Status);
        Assert.Contains("/eu-west-3/s3/aws4_request", server.Requests[0]["authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_region_for_Amazons_endpoint_the_message_says_what_to_write()
    {
        await using var store = Stores.Open(new S3Settings { Bucket = "logs", Identity = Stores.Keys("a", "b") });

        Assert.Equal(
            new PutResult(PutStatus.Unavailable, "no region: write store.region, or set AWS_REGION"),
            await store.ProbeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_probe_promises_another_body_and_begins_as_the_objects_do()
    {
        await using var server = ScriptedServer.Start(_ => Answer.S3(400, "BadDigest"));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs") with { ProbePrefix = "team-a/" });

        Assert.Equal(PutStatus.Stored, (await store.ProbeAsync(CancellationToken.None)).Status);

        var request = Assert.Single(server.Requests);
        Assert.Equal("/logs/team-a/.collector-probe", request.Target);
        Assert.NotEqual(Convert.ToHexStringLower(SHA256.HashData(request.Body)), request["x-amz-content-sha256"]);
    }

    [Theory]
    [InlineData(403, "AccessDenied", PutStatus.Unauthorized)]
    [InlineData(404, "NoSuchBucket", PutStatus.Unavailable)]
    public async Task A_probe_that_is_refused_for_another_reason_has_proven_nothing(int status, string code, PutStatus expected)
    {
        await using var server = ScriptedServer.Start(_ => Answer.S3(status, code));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        Assert.Equal(expected, (await store.ProbeAsync(CancellationToken.None)).Status);
    }

    /// <summary>A console's port, or a portal before the store.</summary>
    [Fact]
    public async Task A_web_page_is_no_object_stored()
    {
        await using var server = ScriptedServer.Start(_ => new Answer(200, "<html>Sign in</html>", ("Content-Type", "text/html; charset=utf-8")));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(S3Objects.Item("a", "x"u8.ToArray()), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("store.endpoint", result.Message, StringComparison.Ordinal);
    }

    private static Answer Stored => new(200, "", ("ETag", "\"0\""));

    private static async Task<ReceivedRequest> SendAsync(Answer answer, Func<S3Settings, S3Settings> configure, TestAuthority? authority = null)
    {
        await using var server = ScriptedServer.Start(_ => answer, authority?.SignServer());
        await using var store = Stores.Open(configure(Stores.Settings(server.Endpoint, "logs")));

        Assert.Equal(PutStatus.Stored, (await store.PutAsync(S3Objects.Item("logs/a", "x"u8.ToArray()), CancellationToken.None)).Status);
        return Assert.Single(server.Requests);
    }
}
