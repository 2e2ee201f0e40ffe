using System.Text.Json.Nodes;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Gcs;

/// <summary>What each error of the JSON API's reference means, from a server that gives it.</summary>
public sealed class GcsAnswerTests : IAsyncDisposable
{
    private readonly FaultyProxy _server = new("http://127.0.0.1:1");
    private readonly GcsObjectStore _store;

    public GcsAnswerTests() => _store = new GcsObjectStore(
        new GcsSettings { Bucket = GcsBucket.Name, Endpoint = _server.Url, Identity = new GoogleIdentitySettings { Type = GoogleIdentityType.None } },
        _ => null,
        TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(412, "conditionNotMet", "", PutStatus.AlreadyThere)]
    [InlineData(403, "forbidden", "x does not have storage.objects.delete access", PutStatus.AlreadyThere)]
    [InlineData(412, "orgPolicyConstraintFailed", "", PutStatus.Unavailable)]
    [InlineData(412, "", "", PutStatus.Unavailable)]
    [InlineData(304, "", "", PutStatus.Unavailable)]
    [InlineData(403, "retentionPolicyNotMet", "", PutStatus.Unauthorized)]
    [InlineData(403, "objectUnderActiveHold", "", PutStatus.Unauthorized)]
    [InlineData(403, "orgPolicyViolated", "storage.objects.delete", PutStatus.Unauthorized)]
    [InlineData(403, "forbidden", "x does not have storage.objects.create access", PutStatus.Unauthorized)]
    [InlineData(403, "forbidden", "x does not have storage.objects.create, storage.objects.delete access", PutStatus.Unauthorized)]
    [InlineData(403, "forbidden", "Permission 'storage.objects.delete' denied on resource, 'storage.objects.create' denied", PutStatus.Unauthorized)]
    [InlineData(403, "accountDisabled", "", PutStatus.Unauthorized)]
    [InlineData(403, "rateLimitExceeded", "", PutStatus.Throttled)]
    [InlineData(403, "quotaExceeded", "", PutStatus.Throttled)]
    [InlineData(429, "rateLimitExceeded", "", PutStatus.Throttled)]
    [InlineData(401, "authError", "", PutStatus.Unauthorized)]
    [InlineData(404, "notFound", "", PutStatus.Unavailable)]
    [InlineData(408, "uploadBrokenConnection", "", PutStatus.Unavailable)]
    [InlineData(409, "conflict", "", PutStatus.Conflict)]
    [InlineData(410, "internalError", "", PutStatus.Unavailable)]
    [InlineData(500, "backendError", "", PutStatus.Unavailable)]
    [InlineData(503, "backendError", "", PutStatus.Unavailable)]
    [InlineData(400, "invalid", "Provided CRC32C \"a\" doesn't match calculated CRC32C \"b\".", PutStatus.Unavailable)]
    [InlineData(400, "failedPrecondition", "The Cloud KMS key is disabled.", PutStatus.Unavailable)]
    [InlineData(400, "invalid", "Invalid object name.", PutStatus.Rejected)]
    [InlineData(413, "uploadTooLarge", "", PutStatus.Unavailable)]
    public async Task An_error_means(int status, string reason, string message, PutStatus expected)
    {
        var error = new JsonObject { ["code"] = status, ["message"] = message, ["errors"] = new JsonArray(new JsonObject { ["reason"] = reason }) };
        _server.Next(new Fault.Answer(status, new JsonObject { ["error"] = error }.ToJsonString()));

        Assert.Equal(expected, (await PutAsync()).Status);
    }

    /// <summary>I13: stored is the resource of this very object.</summary>
    [Theory]
    [InlineData("a", "1p4cBQ==", PutStatus.Unavailable)]
    [InlineData("b", "mt/ZlA==", PutStatus.Unavailable)]
    [InlineData("A", "", PutStatus.Unavailable)]
    public async Task A_resource_of_something_else_is_no_receipt(string name, string crc32C, PutStatus expected)
    {
        _server.Next(new Fault.Answer(200, new JsonObject { ["kind"] = "storage#object", ["name"] = name, ["crc32c"] = crc32C }.ToJsonString()));

        Assert.Equal(expected, (await PutAsync()).Status);
    }

    [Fact]
    public async Task The_log_gets_what_a_front_end_says_in_plain_text()
    {
        _server.Next(new Fault.Answer(403, "Access denied by\nsomething"));

        Assert.Equal("Google answered 403: Access denied by; give the identity roles/storage.objectCreator on the bucket", (await PutAsync()).Message);
    }

    private Task<PutResult> PutAsync() => _store.PutAsync(ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true), CancellationToken.None);
}
