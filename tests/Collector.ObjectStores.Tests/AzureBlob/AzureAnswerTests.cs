using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Azure;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.AzureBlob;

/// <summary>What each error code of the Blob service's reference means, from a server that gives it.</summary>
public sealed class AzureAnswerTests : IAsyncDisposable
{
    private readonly FaultyProxy _server = new("http://127.0.0.1:1");
    private readonly AzureBlobObjectStore _store;

    public AzureAnswerTests() => _store = new AzureBlobObjectStore(
        new AzureBlobSettings
        {
            Account = Azurite.Account,
            Endpoint = _server.Url,
            Container = "logs",
            Identity = new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret(Azurite.AccountKey, "") },
        },
        _ => null,
        TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(409, "BlobAlreadyExists", PutStatus.AlreadyThere)]
    [InlineData(412, "ConditionNotMet", PutStatus.Unavailable)]
    [InlineData(412, "LeaseIdMissing", PutStatus.Unavailable)]
    [InlineData(412, "", PutStatus.Unavailable)]
    [InlineData(409, "LeaseAlreadyPresent", PutStatus.Unavailable)]
    [InlineData(200, "BlobAlreadyExists", PutStatus.Unavailable)]
    [InlineData(403, "UnauthorizedBlobOverwrite", PutStatus.AlreadyThere)]
    [InlineData(409, "BlobImmutableDueToPolicy", PutStatus.Unavailable)]
    [InlineData(409, "BlobArchived", PutStatus.Unavailable)]
    [InlineData(409, "BlobBeingRehydrated", PutStatus.Unavailable)]
    [InlineData(409, "ContainerBeingDeleted", PutStatus.Unavailable)]
    [InlineData(409, "ContainerDisabled", PutStatus.Unavailable)]
    [InlineData(409, "AccountBeingCreated", PutStatus.Unavailable)]
    [InlineData(404, "ContainerNotFound", PutStatus.Unavailable)]
    [InlineData(404, "ResourceNotFound", PutStatus.Unavailable)]
    [InlineData(500, "InternalError", PutStatus.Unavailable)]
    [InlineData(500, "OperationTimedOut", PutStatus.Unavailable)]
    [InlineData(503, "ServerBusy", PutStatus.Throttled)]
    [InlineData(429, "TooManyRequests", PutStatus.Throttled)]
    [InlineData(401, "InvalidAuthenticationInfo", PutStatus.Unauthorized)]
    [InlineData(400, "InvalidAuthenticationInfo", PutStatus.Unauthorized)]
    [InlineData(403, "AuthenticationFailed", PutStatus.Unauthorized)]
    [InlineData(403, "AuthorizationPermissionMismatch", PutStatus.Unauthorized)]
    [InlineData(403, "AccountIsDisabled", PutStatus.Unauthorized)]
    [InlineData(403, "KeyBasedAuthenticationNotPermitted", PutStatus.Unauthorized)]
    [InlineData(400, "Md5Mismatch", PutStatus.Unavailable)]
    [InlineData(400, "InvalidMetadata", PutStatus.Rejected)]
    [InlineData(400, "InvalidResourceName", PutStatus.Rejected)]
    [InlineData(400, "OutOfRangeInput", PutStatus.Rejected)]
    [InlineData(409, "InvalidBlobType", PutStatus.Rejected)]
    [InlineData(413, "RequestBodyTooLarge", PutStatus.Unavailable)]
    public async Task An_error_code_means(int status, string code, PutStatus expected)
    {
        _server.Next(new Fault.Answer(status, "", ("x-ms-error-code", code)));

        Assert.Equal(expected, (await PutAsync()).Status);
    }

    [Fact]
    public async Task The_log_gets_the_words_of_the_service_and_what_to_do()
    {
        _server.Next(new Fault.Answer(
            403,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthorizationPermissionMismatch</Code><Message>This request is not authorized.\nRequestId:1\nTime:2</Message></Error>"));

        Assert.Equal(
            "Azure answered 403 AuthorizationPermissionMismatch: This request is not authorized.; "
            + "give the identity the role Storage Blob Data Contributor on the container, or the signature the permissions c and w",
            (await PutAsync()).Message);
    }

    [Theory]
    [InlineData(400, "Md5Mismatch", PutStatus.Stored)]
    [InlineData(412, "ConditionNotMet", PutStatus.Stored)]
    [InlineData(412, "LeaseIdMissing", PutStatus.Unavailable)]
    [InlineData(412, "", PutStatus.Unavailable)]
    [InlineData(403, "UnauthorizedBlobOverwrite", PutStatus.Unauthorized)]
    [InlineData(409, "BlobAlreadyExists", PutStatus.Unauthorized)]
    [InlineData(403, "AuthorizationPermissionMismatch", PutStatus.Unauthorized)]
    [InlineData(404, "ContainerNotFound", PutStatus.Unavailable)]
    public async Task A_probe_is_refused_as_a_write_would_be_or_for_what_it_is(int status, string code, PutStatus expected)
    {
        _server.Next(new Fault.Answer(status, "", ("x-ms-error-code", code)));

        Assert.Equal(expected, (await _store.ProbeAsync(CancellationToken.None)).Status);
    }

    /// <summary>What depends on the blob, or passes by itself, is for the first object to tell.</summary>
    [Theory]
    [InlineData(404, "ContainerNotFound", PutStatus.Unavailable)]
    [InlineData(403, "AuthenticationFailed", PutStatus.Unauthorized)]
    [InlineData(401, "InvalidAuthenticationInfo", PutStatus.Unauthorized)]
    [InlineData(403, "KeyBasedAuthenticationNotPermitted", PutStatus.Unauthorized)]
    [InlineData(403, "AccountIsDisabled", PutStatus.Unauthorized)]
    [InlineData(412, "ConditionNotMet", PutStatus.Stored)]
    [InlineData(403, "AuthorizationPermissionMismatch", PutStatus.Stored)]
    [InlineData(403, "AuthorizationFailure", PutStatus.Stored)]
    [InlineData(403, "UnauthorizedBlobOverwrite", PutStatus.Stored)]
    [InlineData(403, "", PutStatus.Stored)]
    [InlineData(404, "", PutStatus.Stored)]
    [InlineData(503, "ServerBusy", PutStatus.Stored)]
    public async Task A_check_tells_what_every_blob_would_be_told(int status, string code, PutStatus expected)
    {
        _server.Next(new Fault.Answer(status, "", ("x-ms-error-code", code)));

        Assert.Equal(expected, (await _store.CheckAsync(CancellationToken.None)).Status);
    }

    /// <summary>What Azurite said of a wrong digest until its version 3.35.</summary>
    [Fact]
    public async Task A_probe_that_an_emulator_refuses_in_its_own_words_is_no_rejection()
    {
        _server.Next(new Fault.Answer(
            400,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Error>\n  <Code>InvalidOperation</Code>\n  <Message>Provided contentMD5 doesn't match.\nRequestId:1</Message>\n</Error>",
            ("x-ms-error-code", "InvalidOperation")));

        Assert.Equal(PutStatus.Stored, (await _store.ProbeAsync(CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    public async Task A_key_that_leads_elsewhere_is_rejected_unsent(string key)
    {
        Assert.Equal(PutStatus.Rejected, (await _store.PutAsync(ObjectStoreContract.NewItem(key, [], true), CancellationToken.None)).Status);
        Assert.Equal(0, _server.Requests);
    }

    private Task<PutResult> PutAsync() => _store.PutAsync(ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true), CancellationToken.None);
}
