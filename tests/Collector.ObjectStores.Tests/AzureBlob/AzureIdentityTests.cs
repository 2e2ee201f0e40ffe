using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Azure;
using Collector.Testing.Processes;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.AzureBlob;

public sealed class AzureIdentityTests : IAsyncDisposable
{
    private const string Webhook =
        "label the pod azure.workload.identity/use: \"true\" and annotate its service account with azure.workload.identity/client-id";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TokenStage _stage = new();

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task What_the_webhook_sets_is_all_that_workload_identity_needs()
    {
        var store = _stage.Store();

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Contains($"/mystorage/logs as workload identity, client {EntraServer.Client}, tenant {EntraServer.Tenant}", store.Description, StringComparison.Ordinal);
        Assert.InRange(store.CredentialExpiry!.Value, DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(61));
    }

    [Fact]
    public async Task The_configuration_goes_before_the_environment()
    {
        foreach (var name in new[] { "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST" })
        {
            _stage.Variables[name] = "http://127.0.0.1:1/wrong";
        }

        var store = _stage.Store(new AzureIdentitySettings
        {
            Type = AzureIdentityType.WorkloadIdentity,
            ClientId = EntraServer.Client,
            TenantId = EntraServer.Tenant,
            TokenFile = _stage.TokenFile,
            AuthorityHost = _stage.Entra.Url,
        });

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
    }

    [Theory]
    [InlineData("AZURE_CLIENT_ID", "workload identity: AZURE_CLIENT_ID (or authentication.clientId) not set; ")]
    [InlineData("AZURE_TENANT_ID", "workload identity: AZURE_TENANT_ID (or authentication.tenantId) not set; ")]
    [InlineData("AZURE_FEDERATED_TOKEN_FILE", "workload identity: AZURE_FEDERATED_TOKEN_FILE (or authentication.tokenFile) not set; ")]
    public async Task What_is_missing_is_named_and_nobody_else_is_taken(string variable, string message)
    {
        _stage.Variables.Remove(variable);

        var result = await ProbeAsync(_stage.Store(new AzureIdentitySettings { Type = AzureIdentityType.WorkloadIdentity }));

        Assert.Equal(new PutResult(PutStatus.Unauthorized, message + Webhook), result);
        Assert.Empty(_stage.Queries);
    }

    [Fact]
    public async Task In_a_pod_auto_never_takes_the_identity_of_the_node()
    {
        _stage.Variables.Remove("AZURE_FEDERATED_TOKEN_FILE");
        _stage.Variables.Remove("AZURE_CLIENT_ID");
        _stage.Variables.Remove("AZURE_TENANT_ID");

        var result = await ProbeAsync(_stage.Store());

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.Equal(
            $"no workload identity: AZURE_FEDERATED_TOKEN_FILE is not set; {Webhook}. The node's own identity is taken only with authentication.type: managedIdentity",
            result.Message);
    }

    [Fact]
    public async Task Half_of_a_workload_identity_is_an_error_and_no_reason_to_take_another()
    {
        _stage.Variables.Remove("AZURE_FEDERATED_TOKEN_FILE");

        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, $"workload identity: AZURE_FEDERATED_TOKEN_FILE (or authentication.tokenFile) not set; {Webhook}"),
            await ProbeAsync(_stage.Store()));
    }

    [Fact]
    public async Task An_authority_that_is_no_URL_is_named()
    {
        _stage.Variables["AZURE_AUTHORITY_HOST"] = "login.microsoftonline.com";
        var store = _stage.Store();

        Assert.Equal("authorityHost (or AZURE_AUTHORITY_HOST) login.microsoftonline.com is not an http(s) URL: correct it", await store.AuthenticateAsync(CancellationToken.None));
        Assert.Equal(PutStatus.Unauthorized, (await ProbeAsync(store)).Status);
    }

    [Fact]
    public async Task A_signatures_end_is_known_before_the_first_request()
    {
        var store = _stage.Store(new AzureIdentitySettings { Type = AzureIdentityType.Sas, Sas = new Secret("se=2031-01-02T03%3A04%3A05Z&sig=s", "") });

        Assert.Null(await store.AuthenticateAsync(CancellationToken.None));
        Assert.Equal(new DateTimeOffset(2031, 1, 2, 3, 4, 5, TimeSpan.Zero), store.CredentialExpiry);
        Assert.Empty(_stage.Queries);
    }

    [Fact]
    public async Task A_federated_credential_that_does_not_match_is_refused_with_the_words_of_Entra()
    {
        _stage.Project(_stage.Cluster.TokenFor("system:serviceaccount:logging:another", EntraServer.Audience, DateTimeOffset.UtcNow));

        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, "Microsoft Entra ID answered 401: AADSTS70021: No matching federated identity record found for presented assertion."),
            await ProbeAsync(_stage.Store()));
    }

    [Fact]
    public async Task A_token_is_renewed_before_its_end_with_the_file_as_it_is_then()
    {
        var store = _stage.Store();
        await ProbeAsync(store);
        _stage.Project("no token");

        _stage.Clock.Advance(TimeSpan.FromMinutes(44));
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Single(_stage.Entra.Issued);

        // The renewal fails, and the token is good for a quarter of an hour more.
        _stage.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);

        _stage.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, "Microsoft Entra ID answered 401: AADSTS50027: JWT token is invalid or malformed."), await ProbeAsync(store));

        _stage.Project(_stage.Cluster.TokenFor(EntraServer.Subject, EntraServer.Audience, DateTimeOffset.UtcNow));
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Equal(2, _stage.Entra.Issued.Count);
    }

    [Fact]
    public async Task A_token_that_the_store_refuses_is_renewed_at_once()
    {
        var store = _stage.Store();
        await ProbeAsync(store);
        _stage.Entra.Issued[0] = "revoked";

        Assert.Equal(PutStatus.Unauthorized, (await ProbeAsync(store)).Status);
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
    }

    /// <summary>One request for each attempt, although the service asks for another token (I13).</summary>
    [Fact]
    public async Task A_challenge_of_the_store_is_no_second_request()
    {
        var store = _stage.Store();
        await ProbeAsync(store);
        _stage.Entra.Issued[0] = "revoked";
        _stage.Queries.Clear();

        Assert.Equal(PutStatus.Unauthorized, (await ProbeAsync(store)).Status);
        Assert.Single(_stage.Queries);
        Assert.Single(_stage.Entra.Issued);
    }

    [Theory]
    [InlineData(500, PutStatus.Unavailable)]
    [InlineData(429, PutStatus.Unavailable)]
    public async Task An_outage_of_Entra_is_waited_for(int status, PutStatus expected)
    {
        _stage.Entra.Outage = status;

        Assert.Equal(expected, (await ProbeAsync(_stage.Store())).Status);
    }

    [Fact]
    public async Task A_token_file_that_is_not_there_is_named()
    {
        File.Delete(_stage.TokenFile);

        var result = await ProbeAsync(_stage.Store());

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"AZURE_FEDERATED_TOKEN_FILE {_stage.TokenFile} cannot be read: ", result.Message, StringComparison.Ordinal);
    }

    /// <summary>One request for each token: who retries is the attempt's caller.</summary>
    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    public async Task Entra_is_asked_once_for_each_attempt(int status)
    {
        _stage.Entra.Outage = status;
        await ProbeAsync(_stage.Store());

        Assert.Equal(1, _stage.Entra.Requests);
    }

    /// <summary>Its end is no word of whoever was asked.</summary>
    [Theory]
    [InlineData(AzureIdentityType.WorkloadIdentity)]
    [InlineData(AzureIdentityType.ManagedIdentity)]
    public async Task An_attempt_that_ends_before_there_is_a_token_is_cancelled(AzureIdentityType type)
    {
        await using var silent = Silent();
        using var deadline = new CancellationTokenSource();

        var probe = _stage.Store(new AzureIdentitySettings { Type = type }).ProbeAsync(deadline.Token);
        Retry.Until("the service is asked", () => silent.IsStalled, Patience);
        await deadline.CancelAsync();

        Retry.Until("the attempt is over", () => probe.IsCompleted, Patience);
        Assert.True(probe.IsCanceled);
    }

    [Theory]
    [InlineData(AzureIdentityType.WorkloadIdentity, "Microsoft Entra ID at ")]
    [InlineData(AzureIdentityType.ManagedIdentity, "the instance metadata service at ")]
    public async Task Who_does_not_answer_is_given_up_and_waited_for(AzureIdentityType type, string who)
    {
        await using var silent = Silent();

        var probe = ProbeAsync(_stage.Store(new AzureIdentitySettings { Type = type }));
        Retry.Until("the service is asked", () => silent.IsStalled, Patience);
        _stage.Clock.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(new PutResult(PutStatus.Unavailable, $"{who}{new Uri(silent.Url).Authority} does not answer"), await probe);
    }

    /// <summary>The metadata service is asked again, although it gave a token that is good for a day, and to whichever output.</summary>
    [Fact]
    public async Task A_token_of_the_machine_that_the_store_refuses_is_renewed_at_once()
    {
        var settings = new AzureIdentitySettings { Type = AzureIdentityType.ManagedIdentity, ClientId = ImdsServer.UserClient };
        var (first, second) = (_stage.Store(settings), _stage.Store(settings));
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(first)).Status);
        _stage.ImdsToken = "another-token-of-the-machine";

        Assert.Equal(PutStatus.Unauthorized, (await ProbeAsync(first)).Status);
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(first)).Status);
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(second)).Status);
        Assert.Equal(3, _stage.Imds.Requests);
    }

    [Fact]
    public async Task Many_attempts_fetch_one_token()
    {
        var store = _stage.Store();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ProbeAsync(store)));

        Assert.Single(_stage.Entra.Issued);
    }

    [Theory]
    [InlineData("", "managed identity of the system: client " + ImdsServer.SystemClient)]
    [InlineData(ImdsServer.UserClient, "managed identity, client " + ImdsServer.UserClient)]
    public async Task A_managed_identity_is_that_of_the_machine_or_the_one_that_is_named(string client, string description)
    {
        _stage.Variables.Remove("AZURE_CLIENT_ID");
        var store = _stage.Store(new AzureIdentitySettings { Type = AzureIdentityType.ManagedIdentity, ClientId = client });

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.EndsWith($" as {description}", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_identity_that_the_machine_does_not_have_is_named()
    {
        var result = await ProbeAsync(_stage.Store(new AzureIdentitySettings { Type = AzureIdentityType.ManagedIdentity, ClientId = "c-1" }));

        Assert.Equal(
            new PutResult(
                PutStatus.Unauthorized,
                "the instance metadata service answered 400: Identity not found; assign the identity with client id c-1 to the node's virtual machine or scale set"),
            result);
    }

    [Fact]
    public async Task A_signature_is_read_from_its_file_at_each_request_and_its_end_is_known()
    {
        File.WriteAllText(_stage.TokenFile, "?sv=2021-12-02&sp=cw&se=2031-01-02T03%3A04%3A05Z&sig=wrong\n");
        var store = _stage.Store(new AzureIdentitySettings { Type = AzureIdentityType.Sas, Sas = new Secret("", _stage.TokenFile) });
        Assert.Equal(PutStatus.Unauthorized, (await ProbeAsync(store)).Status);

        File.WriteAllText(_stage.TokenFile, "sv=2021-12-02&sp=cw&se=2032-01-02T03%3A04%3A05Z&sig=s%2B1");
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Equal(new DateTimeOffset(2032, 1, 2, 3, 4, 5, TimeSpan.Zero), store.CredentialExpiry);
        Assert.EndsWith("/mystorage/logs as shared access signature", store.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AccountName=a", "the connection string has neither AccountKey nor SharedAccessSignature: copy it again, whole")]
    [InlineData("AccountKey=a", "the connection string has neither AccountName nor BlobEndpoint: copy it again, whole")]
    [InlineData("BlobEndpoint=http://x;AccountKey=a", "the connection string has an AccountKey and no AccountName: copy it again, whole")]
    [InlineData("AccountName=a;AccountKey=%", "the account key is not base64: copy the whole key again")]
    public async Task A_connection_string_that_lacks_something_is_named(string text, string message)
    {
        await using var store = new AzureBlobObjectStore(
            new AzureBlobSettings { Container = "logs", Identity = new AzureIdentitySettings { Type = AzureIdentityType.ConnectionString, ConnectionString = new Secret(text, "") } },
            _ => null, TimeProvider.System);

        Assert.Equal(new PutResult(PutStatus.Unauthorized, message), await ProbeAsync(store));
    }

    [Theory]
    [InlineData("", "azureBlob https://mystorage.blob.core.windows.net/logs as key of account mystorage")]
    [InlineData("https://mystorage.blob.core.usgovcloudapi.net/", "azureBlob https://mystorage.blob.core.usgovcloudapi.net/logs as key of account mystorage")]
    [InlineData("https://blobs.example.com", "azureBlob https://blobs.example.com/logs as key of account mystorage")]
    [InlineData("http://azurite:10000", "azureBlob http://azurite:10000/mystorage/logs as key of account mystorage")]
    [InlineData("http://127.0.0.1:10000/", "azureBlob http://127.0.0.1:10000/mystorage/logs as key of account mystorage")]
    [InlineData("http://azurite.storage.svc:10000", "azureBlob http://azurite.storage.svc:10000/mystorage/logs as key of account mystorage")]
    [InlineData("http://[::1]:10000", "azureBlob http://[::1]:10000/mystorage/logs as key of account mystorage")]
    [InlineData("http://10.0.0.7:10000/mystorage", "azureBlob http://10.0.0.7:10000/mystorage/logs as key of account mystorage")]
    public async Task The_endpoint_is_that_of_the_cloud_the_domain_or_the_emulator(string endpoint, string description)
    {
        var identity = new AzureIdentitySettings { Type = AzureIdentityType.AccountKey, AccountKey = new Secret("c2VjcmV0", "") };
        await using var store = new AzureBlobObjectStore(
            new AzureBlobSettings { Account = "mystorage", Endpoint = endpoint, Container = "logs", Identity = identity }, _ => null, TimeProvider.System);

        Assert.Equal(description, store.Description);
    }

    /// <summary>"Configure Azure Storage connection strings": with names of hosts, with a suffix, of an emulator.</summary>
    [Theory]
    [InlineData("AccountName=a1;AccountKey=c2VjcmV0", "https://a1.blob.core.windows.net/logs as key of account a1")]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=a1;AccountKey=c2VjcmV0;EndpointSuffix=core.chinacloudapi.cn", "http://a1.blob.core.chinacloudapi.cn/logs as key of account a1")]
    [InlineData("AccountName=a1;AccountKey=c2VjcmV0==;BlobEndpoint=http://azurite:10000/a1;", "http://azurite:10000/a1/logs as key of account a1")]
    [InlineData("BlobEndpoint=https://a1.blob.core.windows.net/;SharedAccessSignature=?sv=1&sig=2", "https://a1.blob.core.windows.net/logs as shared access signature")]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1/logs as key of account devstoreaccount1")]
    [InlineData("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite/", "http://azurite:10000/devstoreaccount1/logs as key of account devstoreaccount1")]
    public async Task A_connection_string_says_where_and_as_whom(string text, string description)
    {
        var identity = new AzureIdentitySettings { Type = AzureIdentityType.ConnectionString, ConnectionString = new Secret(text, "") };
        await using var store = new AzureBlobObjectStore(new AzureBlobSettings { Container = "logs", Identity = identity }, _ => null, TimeProvider.System);

        Assert.Equal($"azureBlob {description}", store.Description);
    }

    [Fact]
    public async Task The_access_tier_is_asked_for()
    {
        var store = _stage.Store(tier: "Cool");

        await store.PutAsync(ObjectStoreContract.NewItem("a", "x"u8.ToArray(), true), CancellationToken.None);

        Assert.Equal("Cool", _stage.LastTier);
    }

    /// <summary>In the place of all that give tokens.</summary>
    private FaultyProxy Silent()
    {
        var silent = new FaultyProxy("http://127.0.0.1:1");
        silent.Next(new Fault.Stall(0));
        _stage.Variables["AZURE_AUTHORITY_HOST"] = silent.Url;
        _stage.Variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = silent.Url;
        return silent;
    }

    private static Task<PutResult> ProbeAsync(IObjectStore store) => store.ProbeAsync(CancellationToken.None);
}
