using Collector.ObjectStores.AzureBlob;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;
using Collector.Testing.Azure;
using Xunit;

namespace Collector.ObjectStores.Tests.AzureBlob;

/// <summary>The contract over Azurite, whatever the identity; and what Azure keeps besides the bytes.</summary>
public abstract class AzuriteContract : ObjectStoreContract, IAsyncLifetime
{
    private readonly Azurite _azurite;
    private readonly string _container;
    private IObjectStore? _store;

    protected AzuriteContract(Azurite azurite)
    {
        _azurite = azurite;
        _container = azurite.CreateContainer();
    }

    protected override IObjectStore Store => _store ??= new AzureBlobObjectStore(
        new AzureBlobSettings { Account = Azurite.Account, Endpoint = _azurite.Url, Container = _container, Identity = Identity, CaFile = CaFile },
        name => Environment.GetValueOrDefault(name),
        TimeProvider.System);

    protected virtual AzureIdentitySettings Identity { get; } = new();

    protected virtual string CaFile => "";

    protected virtual IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override byte[]? Read(string key)
    {
        using var response = _azurite.Get(_container, key);
        using var copy = new MemoryStream();
        response.Content.ReadAsStream().CopyTo(copy);
        return response.IsSuccessStatusCode ? copy.ToArray() : null;
    }

    protected override IReadOnlyList<string> ListEverything() => _azurite.List(_container);

    [Fact]
    public async Task Metadata_and_content_type_are_kept()
    {
        await PutAsync("a", "x"u8.ToArray());

        using var blob = _azurite.Get(_container, "a");
        Assert.Equal("application/x-ndjson", blob.Content.Headers.ContentType?.ToString());
        Assert.Equal("node-1", Assert.Single(blob.Headers.GetValues("x-ms-meta-node")));
        Assert.Equal("1", Assert.Single(blob.Headers.GetValues("x-ms-meta-records")));
        Assert.Empty(blob.Content.Headers.ContentEncoding);
    }
}

public sealed class AccountKeyTests(AzuriteServers servers) : AzuriteContract(servers.Plain)
{
    protected override AzureIdentitySettings Identity { get; } = new() { Type = AzureIdentityType.AccountKey, AccountKey = new Secret(Azurite.AccountKey, "") };
}

/// <summary>A signature that allows to create and to write objects, and nothing else (S-85).</summary>
public sealed class SasTests(AzuriteServers servers) : AzuriteContract(servers.Plain)
{
    protected override AzureIdentitySettings Identity { get; } = new() { Type = AzureIdentityType.Sas, Sas = new Secret(Azurite.Sas("cw", "o"), "") };
}

public sealed class ConnectionStringTests(AzuriteServers servers) : AzuriteContract(servers.Plain)
{
    protected override AzureIdentitySettings Identity { get; } = new()
    {
        Type = AzureIdentityType.ConnectionString,
        ConnectionString = new Secret(
            $"DefaultEndpointsProtocol=http;AccountName={Azurite.Account};AccountKey={Azurite.AccountKey};BlobEndpoint={servers.Plain.Url}/{Azurite.Account};", ""),
    };
}
