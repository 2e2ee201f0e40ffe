using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Collector.EndToEnd.Harness;
using Collector.Testing.Azure;
using Collector.Testing.Gcs;
using Collector.Testing.Servers;
using Xunit;

namespace Collector.EndToEnd.Outputs;

/// <summary>The released binary, compiled ahead and trimmed as it is, writes to Azurite and to a strict Cloud Storage with identities of both clouds.</summary>
public sealed class CloudTests : IDisposable
{
    private const int Lines = 50;

    private readonly Stage _stage = new();
    private readonly ClusterIssuer _cluster = new();

    public CloudTests() => new PodLog(_stage.Tree).WriteMany(Lines);

    public void Dispose()
    {
        _stage.Dispose();
        _cluster.Dispose();
    }

    [Fact]
    public void Azure_takes_records_by_an_account_key()
    {
        using var azurite = new Azurite(withTls: false);
        var container = azurite.CreateContainer();

        Deliver(
            $"{{type: azureBlob, account: {Azurite.Account}, endpoint: '{azurite.Url}', container: {container}, authentication: {{type: accountKey, accountKey: '{Azurite.AccountKey}'}}}}",
            $"outputs.default: azureBlob {azurite.Url}/{Azurite.Account}/{container} as key of account {Azurite.Account}: writable");

        AssertStored(azurite, container);
    }

    [Fact]
    public async Task Azure_takes_records_by_workload_identity()
    {
        using var azurite = new Azurite(withTls: true);
        await using var entra = new EntraServer(_cluster);
        var (container, token) = (azurite.CreateContainer(), _stage.Sub("token"));
        File.WriteAllText(token, _cluster.TokenFor(EntraServer.Subject, EntraServer.Audience, DateTimeOffset.UtcNow));

        Deliver(
            $"{{type: azureBlob, account: {Azurite.Account}, endpoint: '{azurite.Url}', container: {container}, caFile: {azurite.CaFile}, authentication: "
            + $"{{clientId: {EntraServer.Client}, tenantId: {EntraServer.Tenant}, tokenFile: {token}, authorityHost: '{entra.Url}'}}}}",
            $"as workload identity, client {EntraServer.Client}, tenant {EntraServer.Tenant}: writable");

        AssertStored(azurite, container);
    }

    [Fact]
    public async Task Azure_takes_records_by_a_managed_identity()
    {
        using var azurite = new Azurite(withTls: true);
        await using var entra = new EntraServer(_cluster);
        await using var imds = new ImdsServer(entra.Issue);
        var container = azurite.CreateContainer();

        Deliver(
            $"{{type: azureBlob, account: {Azurite.Account}, endpoint: '{azurite.Url}', container: {container}, caFile: {azurite.CaFile}, authentication: {{type: managedIdentity}}}}",
            $"as managed identity of the system: client {ImdsServer.SystemClient}: writable",
            $"AZURE_POD_IDENTITY_AUTHORITY_HOST={imds.Url}");

        AssertStored(azurite, container);
    }

    [Fact]
    public void Azure_takes_records_by_a_signature()
    {
        using var azurite = new Azurite(withTls: false);
        var container = azurite.CreateContainer();

        Deliver(
            $"{{type: azureBlob, account: {Azurite.Account}, endpoint: '{azurite.Url}', container: {container}, authentication: {{type: sas, sas: '{Azurite.Sas("cw", "o")}'}}}}",
            "as shared access signature: writable");

        AssertStored(azurite, container);
    }

    [Fact]
    public async Task Google_takes_records_by_a_key()
    {
        await using var google = new GoogleTokenServer(_cluster);

        await DeliverToGoogleAsync(google, google.ServiceAccountFile(), (server, file) =>
        {
            // As a person has it: application default credentials.
            ReadBack($"GOOGLE_APPLICATION_CREDENTIALS={file}", "--from", $"gs://{GcsBucket.Name}?endpoint={server.Url}");
            ReadBack("A=", "--config", _stage.ConfigPath);
        });
    }

    /// <summary>With the token as Kubernetes projects it, and within a JSON object.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Google_takes_records_by_federation(bool isJson)
    {
        await using var google = new GoogleTokenServer(_cluster);
        var token = _cluster.TokenFor(GoogleTokenServer.Subject, $"https:{GoogleTokenServer.Audience}", DateTimeOffset.UtcNow);
        var path = _stage.Sub("token");
        File.WriteAllText(path, isJson ? new JsonObject { ["id_token"] = token }.ToJsonString() : token);
        var file = google.ExternalAccountFile(path, impersonate: true);
        if (isJson)
            file["credential_source"]!["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "id_token" };

        await DeliverToGoogleAsync(google, file);
    }

    [Fact]
    public async Task Google_takes_records_by_the_identity_of_the_pod()
    {
        await using var metadata = new MetadataServer();
        await using var server = new GcsServer { IsToken = metadata.Issued.Contains };

        Deliver(
            $"{{type: gcs, bucket: {GcsBucket.Name}, endpoint: '{server.Url}'}}",
            $"outputs.default: gcs {GcsBucket.Name} as workload identity: {metadata.Email}: writable",
            $"GCE_METADATA_HOST={metadata.Host}");

        AssertStored(server);
    }

    private async Task DeliverToGoogleAsync(GoogleTokenServer google, JsonObject credentials, Action<GcsServer, string>? andThen = null)
    {
        await using var server = new GcsServer { IsToken = google.Issued.Contains };
        var file = _stage.Sub("credentials.json");
        File.WriteAllText(file, credentials.ToJsonString());

        Deliver(
            $"{{type: gcs, bucket: {GcsBucket.Name}, endpoint: '{server.Url}', authentication: {{credentialsFile: {file}}}}}",
            $"outputs.default: gcs {GcsBucket.Name} as credentials file {file}: {GoogleTokenServer.Account}: writable");

        AssertStored(server);
        server.MayLook = true;
        andThen?.Invoke(server, file);
    }

    private static void ReadBack(string variable, params string[] from)
    {
        CommandRun run = CommandRun.Of("env", [variable, CollectorBinary.Path, "logs", "cart", "-n", "shop", .. from]);

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Equal(Lines, run.Output.Count(c => c == '\n'));
    }

    private static void AssertStored(GcsServer server)
    {
        var stored = server.Bucket.Find(Assert.Single(server.Bucket.Names))!;
        Assert.Equal(Lines, CountLines(stored.Body));
        Assert.Equal($"{Lines}", stored.Metadata["records"]);
        Assert.Equal("application/gzip", stored.ContentType);
    }

    private static void AssertStored(Azurite azurite, string container)
    {
        using var blob = azurite.Get(container, Assert.Single(azurite.List(container)));
        using var body = new MemoryStream();
        blob.Content.ReadAsStream().CopyTo(body);
        Assert.Equal(Lines, CountLines(body.ToArray()));
        Assert.Equal($"{Lines}", Assert.Single(blob.Headers.GetValues("x-ms-meta-records")));
    }

    private static int CountLines(byte[] body)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(body), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd().Count(c => c == '\n');
    }

    /// <summary>Proves access, then delivers what is there.</summary>
    private void Deliver(string store, string verdict, params string[] environment)
    {
        _stage.Outputs = [new OutputYaml(Store: store)];
        File.WriteAllText(_stage.ConfigPath, _stage.Configuration());

        CommandRun proof = CommandRun.Of("env", [.. environment, CollectorBinary.Path, "validate", "--config", _stage.ConfigPath, "--connect"]);
        Assert.Contains(verdict, proof.Output, StringComparison.Ordinal);
        Assert.Equal(0, proof.ExitCode);

        CommandRun run = CommandRun.Of("env", [.. environment, CollectorBinary.Path, "run", "--config", _stage.ConfigPath, "--once"]);
        Assert.True(run.ExitCode == 0, run.Errors);
    }
}
