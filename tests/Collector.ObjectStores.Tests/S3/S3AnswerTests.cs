using Collector.Pipeline.Upload;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.S3;

/// <summary>What each answer means for the uploader. Codes and statuses are of "Error responses" in the Amazon S3 API Reference.</summary>
public sealed class S3AnswerTests
{
    [Theory]
    [InlineData(400, "ExpiredToken", PutStatus.Unauthorized)]
    [InlineData(403, "ExpiredToken", PutStatus.Unauthorized)]
    [InlineData(400, "InvalidToken", PutStatus.Unauthorized)]
    [InlineData(400, "TokenRefreshRequired", PutStatus.Unauthorized)]
    [InlineData(401, "Unauthorized", PutStatus.Unauthorized)]
    [InlineData(403, "AccessDenied", PutStatus.Unauthorized)]
    [InlineData(403, "InvalidAccessKeyId", PutStatus.Unauthorized)]
    [InlineData(403, "SignatureDoesNotMatch", PutStatus.Unauthorized)]
    [InlineData(403, "SomethingNew", PutStatus.Unauthorized)]
    [InlineData(403, "RequestTimeTooSkewed", PutStatus.Unavailable)]
    [InlineData(301, "PermanentRedirect", PutStatus.Unavailable)]
    [InlineData(400, "AuthorizationHeaderMalformed", PutStatus.Unavailable)]
    [InlineData(400, "IllegalLocationConstraintException", PutStatus.Unavailable)]
    [InlineData(400, "RequestTimeout", PutStatus.Unavailable)]
    [InlineData(400, "IncompleteBody", PutStatus.Unavailable)]
    [InlineData(400, "BadDigest", PutStatus.Unavailable)]
    [InlineData(400, "XAmzContentSHA256Mismatch", PutStatus.Unavailable)]
    [InlineData(400, "InvalidStorageClass", PutStatus.Unavailable)]
    [InlineData(400, "AccessControlListNotSupported", PutStatus.Unavailable)]
    [InlineData(400, "KMS.DisabledException", PutStatus.Unavailable)]
    [InlineData(400, "KMS.KMSInvalidStateException", PutStatus.Unavailable)]
    [InlineData(400, "KMS.NotFoundException", PutStatus.Unavailable)]
    [InlineData(400, "XMinioAdminBucketQuotaExceeded", PutStatus.Unavailable)]
    [InlineData(403, "QuotaExceeded", PutStatus.Unavailable)]
    [InlineData(404, "NoSuchBucket", PutStatus.Unavailable)]
    [InlineData(405, "MethodNotAllowed", PutStatus.Unavailable)]
    [InlineData(417, "", PutStatus.Unavailable)]
    [InlineData(500, "InternalError", PutStatus.Unavailable)]
    [InlineData(502, "", PutStatus.Unavailable)]
    [InlineData(503, "ServiceUnavailable", PutStatus.Unavailable)]
    [InlineData(507, "XMinioStorageFull", PutStatus.Unavailable)]
    [InlineData(429, "", PutStatus.Throttled)]
    [InlineData(503, "SlowDown", PutStatus.Throttled)]
    [InlineData(400, "Throttling", PutStatus.Throttled)]
    [InlineData(400, "KMS.ThrottlingException", PutStatus.Throttled)]
    [InlineData(409, "ConditionalRequestConflict", PutStatus.Conflict)]
    [InlineData(409, "OperationAborted", PutStatus.Conflict)]
    [InlineData(412, "PreconditionFailed", PutStatus.AlreadyThere)]
    [InlineData(412, "InvalidRequest", PutStatus.Unavailable)]
    [InlineData(412, "", PutStatus.Unavailable)]
    [InlineData(409, "BucketNotEmpty", PutStatus.Unavailable)]
    [InlineData(403, "ObjectLocked", PutStatus.Unauthorized)]
    [InlineData(304, "", PutStatus.Unavailable)]
    [InlineData(400, "RequestHeaderSectionTooLarge", PutStatus.Unavailable)]
    [InlineData(501, "NotImplemented", PutStatus.ConditionUnsupported)]
    [InlineData(400, "InvalidArgument", PutStatus.Rejected)]
    [InlineData(400, "EntityTooLarge", PutStatus.Rejected)]
    [InlineData(400, "KeyTooLongError", PutStatus.Rejected)]
    [InlineData(400, "MetadataTooLarge", PutStatus.Rejected)]
    [InlineData(400, "", PutStatus.Rejected)]
    [InlineData(413, "", PutStatus.Unavailable)]
    [InlineData(413, "EntityTooLarge", PutStatus.Unavailable)]
    public async Task An_answer_means_one_thing_and_costs_one_request(int status, string code, PutStatus expected)
    {
        await using var server = ScriptedServer.Start(_ => code.Length > 0 ? Answer.S3(status, code) : new Answer(status));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal(expected, result.Status);
        Assert.StartsWith($"{status}", result.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("A header you provided implies functionality that is not implemented: If-None-Match", 400, true, PutStatus.ConditionUnsupported)]
    [InlineData("A header you provided implies functionality that is not implemented", 501, false, PutStatus.Unavailable)]
    [InlineData("Unsupported header if-none-match", 400, false, PutStatus.Rejected)]
    [InlineData("words", 412, false, PutStatus.Unavailable)]
    public async Task A_condition_is_unknown_only_where_there_is_one(string message, int status, bool onlyIfAbsent, PutStatus expected)
    {
        await using var server = ScriptedServer.Start(_ => Answer.S3(status, "InvalidArgument", message));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        Assert.Equal(expected, (await store.PutAsync(Item() with { OnlyIfAbsent = onlyIfAbsent }, CancellationToken.None)).Status);
        Assert.Equal(onlyIfAbsent ? "*" : "", server.Requests[0]["if-none-match"]);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_says_where_the_bucket_is()
    {
        await using var server = ScriptedServer.Start(_ => Answer.S3(307, "TemporaryRedirect", "Please re-send", ("Location", "http://127.0.0.1:1/"), ("x-amz-bucket-region", "eu-west-3")));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Equal(
            "307 TemporaryRedirect: Please re-send; the bucket logs is in eu-west-3; write the bucket's region as store.region, or its host as store.endpoint", result.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_redirect_that_names_no_region_says_where_it_leads()
    {
        await using var server = ScriptedServer.Start(_ => new Answer(301, "", ("Location", "https://logs.example.com/logs/a")));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.Contains("; the bucket logs is at https://logs.example.com/logs/a; write the bucket's region as store.region", result.Message, StringComparison.Ordinal);
    }

    /// <summary>As Ceph's gateway answers (radosgw 16.2).</summary>
    [Fact]
    public async Task A_code_without_a_message_is_enough()
    {
        const string Ceph = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchBucket</Code><Message></Message><BucketName>logs</BucketName><RequestId>tx00000d784dd18498ee023-006b0bafac-1013-default</RequestId><HostId>1013-default-default</HostId></Error>";
        await using var server = ScriptedServer.Start(_ => new Answer(404, Ceph));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith("404 NoSuchBucket; create the bucket", result.Message, StringComparison.Ordinal);
    }

    /// <summary>What gateways, proxies and half-finished stores send in place of S3's XML.</summary>
    [Theory]
    [InlineData(403, "<html><body>Forbidden</body></html>", PutStatus.Unauthorized)]
    [InlineData(404, "{\"error\": \"no such bucket\"}", PutStatus.Unavailable)]
    [InlineData(412, "", PutStatus.Unavailable)]
    [InlineData(412, "<html>", PutStatus.Unavailable)]
    [InlineData(409, "not <xml", PutStatus.Unavailable)]
    [InlineData(501, "<Error>", PutStatus.ConditionUnsupported)]
    [InlineData(501, "<html>", PutStatus.Unavailable)]
    [InlineData(400, "<html>", PutStatus.Unavailable)]
    [InlineData(503, "<html><h1>503</h1></html>", PutStatus.Unavailable)]
    [InlineData(500, "<Error><Code></Code></Error>", PutStatus.Unavailable)]
    public async Task An_error_without_words_of_S3_means_what_its_status_says(int status, string body, PutStatus expected)
    {
        await using var server = ScriptedServer.Start(_ => new Answer(status, body));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal(expected, result.Status);
        Assert.StartsWith($"{status}", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Message);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Sat, 21 Nov 2026 10:00:30 GMT", 30)]
    public async Task What_the_store_asks_us_to_wait_is_handed_on(string retryAfter, int seconds)
    {
        await using var server = ScriptedServer.Start(_ => Answer.S3(503, "ServiceUnavailable", "busy", ("Retry-After", retryAfter), ("Date", "Sat, 21 Nov 2026 10:00:00 GMT")));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs"));

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.Equal((PutStatus.Throttled, TimeSpan.FromSeconds(seconds)), (result.Status, result.RetryAfter));
    }

    [Fact]
    public async Task No_secret_is_in_any_message()
    {
        await using var server = ScriptedServer.Start(request => Answer.S3(403, "SignatureDoesNotMatch", "words"));
        await using var store = Stores.Open(Stores.Settings(server.Endpoint, "logs") with { Identity = Stores.Keys("AKIDEXAMPLE", "very-secret") });

        var result = await store.PutAsync(Item(), CancellationToken.None);

        Assert.DoesNotContain("very-secret", result.Message + store.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", string.Concat(server.Requests[0].Headers.Values), StringComparison.Ordinal);
    }

    private static ObjectToPut Item() => S3Objects.Item("logs/a", "x"u8.ToArray());
}
