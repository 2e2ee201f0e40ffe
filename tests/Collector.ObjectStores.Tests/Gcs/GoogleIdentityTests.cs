using System.Text.Json.Nodes;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Gcs;
using Collector.Pipeline.Upload;
using Collector.Testing.Gcs;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.ObjectStores.Tests.Gcs;

public sealed class GoogleIdentityTests : IAsyncDisposable
{
    private const string Node = "123456789-compute@developer.gserviceaccount.com";

    private readonly string _directory = Directory.CreateTempSubdirectory("google-").FullName;
    private readonly ClusterIssuer _cluster = new();
    private readonly MetadataServer _metadata = new();
    private readonly GoogleTokenServer _google;
    private readonly GcsServer _server = new();
    private readonly ShiftedClock _clock = new();
    private readonly Dictionary<string, string> _variables;
    private readonly List<GcsObjectStore> _stores = [];

    public GoogleIdentityTests()
    {
        _google = new GoogleTokenServer(_cluster);
        _server.IsToken = token => _metadata.Issued.Contains(token) || _google.Issued.Contains(token);
        _variables = new Dictionary<string, string> { ["GCE_METADATA_HOST"] = _metadata.Host, ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1" };
    }

    private string CredentialsFile => $"{_directory}/credentials.json";

    private string TokenFile => $"{_directory}/token";

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        await _server.DisposeAsync();
        await _google.DisposeAsync();
        await _metadata.DisposeAsync();
        _cluster.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task With_nothing_configured_a_pod_is_whom_the_metadata_server_says()
    {
        var store = Store();

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Equal("gcs logs-of-a-test as workload identity: collector@p.iam.gserviceaccount.com", store.Description);
        Assert.InRange(store.CredentialExpiry!.Value, DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(61));
    }

    [Theory]
    [InlineData(Node, MetadataServer.Gke)]
    [InlineData(Node, MetadataServer.ComputeEngine)]
    [InlineData("nodes@p.iam.gserviceaccount.com", MetadataServer.ComputeEngine)]
    public async Task The_identity_of_the_node_is_refused(string email, string kind)
    {
        (_metadata.Email, _metadata.Kind) = (email, kind);

        foreach (var type in new[] { GoogleIdentityType.Auto, GoogleIdentityType.WorkloadIdentity })
        {
            Assert.Equal(
                new PutResult(
                    PutStatus.Unauthorized,
                    $"the metadata server answers as the node ({email}): enable Workload Identity on the cluster and the node pool, and bind the pod's service "
                    + "account, by principal or with the annotation iam.gke.io/gcp-service-account; only type auto with allowNodeIdentity: true writes as the node"),
                await ProbeAsync(Store(type)));
        }

        Assert.Empty(_metadata.Issued);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task The_identity_of_the_node_is_taken_when_it_is_allowed()
    {
        (_metadata.Email, _metadata.Kind) = (Node, MetadataServer.ComputeEngine);
        var store = Store(GoogleIdentityType.Auto, allowNode: true);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.EndsWith($"{Node} (the node)", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_that_is_not_bound_is_refused_with_the_words_of_the_server()
    {
        _metadata.IsBound = false;

        var result = await ProbeAsync(Store());

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith("the metadata server answered 403: Unable to generate access token", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_the_metadata_server_is_not_believed()
    {
        _metadata.SaysItsFlavor = false;

        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, "what answers at 127.0.0.1 is not Google's metadata server (no Metadata-Flavor)"), await ProbeAsync(Store()));
    }

    [Fact]
    public async Task A_metadata_server_that_is_away_is_waited_for()
    {
        _variables["GCE_METADATA_HOST"] = "127.0.0.1:1";

        var result = await ProbeAsync(Store());

        Assert.Equal(PutStatus.Unavailable, result.Status);
        Assert.StartsWith("the metadata server: no connection to 127.0.0.1:1", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GoogleIdentityType.ServiceAccountKey)]
    [InlineData(GoogleIdentityType.Auto)]
    public async Task A_key_signs_for_its_service_account(GoogleIdentityType type)
    {
        Write(_google.ServiceAccountFile());
        _variables["GOOGLE_APPLICATION_CREDENTIALS"] = CredentialsFile;
        var store = Store(type);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.Equal($"gcs logs-of-a-test as credentials file {CredentialsFile}: {GoogleTokenServer.Account}", store.Description);
        Assert.Empty(_metadata.Issued);
    }

    /// <summary>S-93.</summary>
    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task A_wrong_clock_is_corrected_by_what_the_token_endpoint_says(int hours)
    {
        Write(_google.ServiceAccountFile());
        _clock.Step(TimeSpan.FromHours(hours));

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(Store(GoogleIdentityType.ServiceAccountKey, CredentialsFile))).Status);
    }

    [Theory]
    [InlineData(true, GoogleTokenServer.Account)]
    [InlineData(false, GoogleTokenServer.Audience)]
    public async Task A_federated_token_is_exchanged_and_used_as_itself_or_as_a_service_account(bool impersonate, string principal)
    {
        Write(_google.ExternalAccountFile(TokenFile, impersonate));
        Project(GoogleTokenServer.Subject);
        var store = Store(GoogleIdentityType.ExternalAccount, CredentialsFile);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.EndsWith($": {principal}", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_federated_token_may_be_inside_a_JSON_file()
    {
        var file = _google.ExternalAccountFile(TokenFile, impersonate: true);
        file["credential_source"]!["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "access_token" };
        Write(file);
        File.WriteAllText(TokenFile, new JsonObject { ["access_token"] = Token(GoogleTokenServer.Subject) }.ToJsonString());

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(Store(GoogleIdentityType.ExternalAccount, CredentialsFile))).Status);
    }

    /// <summary>Organisations cap the life of what is impersonated; <c>expireTime</c> says when it ends.</summary>
    [Fact]
    public async Task A_token_that_is_given_for_less_than_asked_is_renewed_before_its_end()
    {
        Project(GoogleTokenServer.Subject);
        Write(_google.ExternalAccountFile(TokenFile, impersonate: true));
        _google.ImpersonatedLife = TimeSpan.FromMinutes(4);
        var store = Store(GoogleIdentityType.Auto, CredentialsFile);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.InRange(store.CredentialExpiry!.Value, DateTimeOffset.UtcNow.AddMinutes(3), DateTimeOffset.UtcNow.AddMinutes(4));

        var before = _google.Issued.Count;
        _clock.Advance(TimeSpan.FromMinutes(3.5));
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.True(_google.Issued.Count > before);
    }

    /// <summary>The file asks for tokens that last so long; the library reads nothing of it.</summary>
    [Fact]
    public async Task A_token_is_asked_for_as_long_as_the_file_says()
    {
        Project(GoogleTokenServer.Subject);
        var file = _google.ExternalAccountFile(TokenFile, impersonate: true);
        file["service_account_impersonation"] = new JsonObject { ["token_lifetime_seconds"] = 600 };
        Write(file);
        var store = Store(GoogleIdentityType.Auto, CredentialsFile);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
        Assert.InRange(store.CredentialExpiry!.Value, DateTimeOffset.UtcNow.AddMinutes(8), DateTimeOffset.UtcNow.AddMinutes(10));
        Assert.Equal("600s", _google.LifeAskedFor);
    }

    /// <summary>Of the node, which no proxy sees; with what the file says of the request.</summary>
    [Fact]
    public async Task A_federated_token_may_come_from_a_URL()
    {
        await using var source = ScriptedServer.Start(_ => new Answer(200, new JsonObject { ["value"] = Token(GoogleTokenServer.Subject) }.ToJsonString()));
        var file = _google.ExternalAccountFile(TokenFile, impersonate: false);
        file["credential_source"] = new JsonObject
        {
            ["url"] = source.Endpoint.OriginalString,
            ["headers"] = new JsonObject { ["Metadata"] = "True" },
            ["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "value" },
        };
        Write(file);

        Assert.Equal(PutStatus.Stored, (await ProbeAsync(Store(GoogleIdentityType.ExternalAccount, CredentialsFile))).Status);
        Assert.Equal("True", Assert.Single(source.Requests)["metadata"]);
    }

    [Fact]
    public async Task A_token_file_is_named_that_is_not_there_or_holds_something_else()
    {
        var file = _google.ExternalAccountFile(TokenFile, impersonate: true);
        Write(file);
        var missing = await ProbeAsync(Store(GoogleIdentityType.ExternalAccount, CredentialsFile));

        file["credential_source"]!["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "access_token" };
        Write(file);
        File.WriteAllText(TokenFile, "{}");
        var other = await ProbeAsync(Store(GoogleIdentityType.ExternalAccount, CredentialsFile));

        Assert.Equal((PutStatus.Unauthorized, PutStatus.Unauthorized), (missing.Status, other.Status));
        Assert.StartsWith($"credential_source.file of {CredentialsFile} {TokenFile} cannot be read: ", missing.Message, StringComparison.Ordinal);
        Assert.Equal($"the credential source of {CredentialsFile} is not a JSON object with \"access_token\"", other.Message);
    }

    [Theory]
    [InlineData("169.254.169.254:port")]
    [InlineData("a b")]
    public async Task A_metadata_host_that_is_none_is_named(string host)
    {
        _variables["GCE_METADATA_HOST"] = host;

        Assert.Equal(new PutResult(PutStatus.Unauthorized, $"GCE_METADATA_HOST http://{host} is not an http(s) URL: correct it"), await ProbeAsync(Store()));
    }

    [Fact]
    public async Task A_federated_token_is_read_again_for_each_renewal()
    {
        Write(_google.ExternalAccountFile(TokenFile, impersonate: true));
        Project(GoogleTokenServer.Subject);
        var store = Store(GoogleIdentityType.ExternalAccount, CredentialsFile);
        await ProbeAsync(store);

        Project("system:serviceaccount:logging:another");
        _clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, "Google's Security Token Service answered 400: The given credential is rejected by the attribute condition."),
            await ProbeAsync(store));

        Project(GoogleTokenServer.Subject);
        Assert.Equal(PutStatus.Stored, (await ProbeAsync(store)).Status);
    }

    [Theory]
    [InlineData("type", "credentialsFile {0} has type \"\"; \"external_account\" or \"service_account\" is needed")]
    [InlineData("client_email", "credentialsFile {0} has no \"client_email\"")]
    [InlineData("private_key", "credentialsFile {0} has no \"private_key\"")]
    public async Task What_a_credentials_file_lacks_is_named(string name, string message)
    {
        var file = _google.ServiceAccountFile();
        file.Remove(name);
        Write(file);

        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, message.Replace("{0}", CredentialsFile, StringComparison.Ordinal)), await ProbeAsync(Store(GoogleIdentityType.Auto, CredentialsFile)));
    }

    [Fact]
    public async Task A_file_of_another_type_than_configured_is_refused()
    {
        Write(_google.ServiceAccountFile());

        var result = await ProbeAsync(Store(GoogleIdentityType.ExternalAccount, CredentialsFile));

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.Contains("has type \"service_account\"; \"external_account\" (gcloud iam workload-identity-pools create-cred-config) is needed", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_and_nobody_else_is_taken()
    {
        var result = await ProbeAsync(Store(GoogleIdentityType.Auto, CredentialsFile));

        Assert.Equal(PutStatus.Unauthorized, result.Status);
        Assert.StartsWith($"credentialsFile {CredentialsFile} cannot be read: ", result.Message, StringComparison.Ordinal);
        Assert.Empty(_metadata.Issued);
    }

    [Fact]
    public async Task A_type_that_needs_a_file_says_which_variable_names_it()
    {
        Assert.Equal(
            new PutResult(PutStatus.Unauthorized, "serviceAccountKey needs a credentials file: set authentication.credentialsFile or GOOGLE_APPLICATION_CREDENTIALS"),
            await ProbeAsync(Store(GoogleIdentityType.ServiceAccountKey)));
    }

    [Fact]
    public async Task An_outage_of_the_token_endpoint_is_waited_for()
    {
        Write(_google.ServiceAccountFile());
        _google.Outage = 503;

        Assert.Equal(PutStatus.Unavailable, (await ProbeAsync(Store(GoogleIdentityType.Auto, CredentialsFile))).Status);
    }

    private void Write(JsonObject file) => File.WriteAllText(CredentialsFile, file.ToJsonString());

    private void Project(string subject) => File.WriteAllText(TokenFile, Token(subject));

    private string Token(string subject) => _cluster.TokenFor(subject, $"https:{GoogleTokenServer.Audience}", DateTimeOffset.UtcNow);

    private GcsObjectStore Store(GoogleIdentityType type = GoogleIdentityType.Auto, string file = "", bool allowNode = false)
    {
        var identity = new GoogleIdentitySettings { Type = type, CredentialsFile = file, AllowNodeIdentity = allowNode };
        _stores.Add(new GcsObjectStore(new GcsSettings { Bucket = GcsBucket.Name, Endpoint = _server.Url, Identity = identity }, _variables.GetValueOrDefault, _clock));
        return _stores[^1];
    }

    private static Task<PutResult> ProbeAsync(GcsObjectStore store) => store.ProbeAsync(CancellationToken.None);
}
