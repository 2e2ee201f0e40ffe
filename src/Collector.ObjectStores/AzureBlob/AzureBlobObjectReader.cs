using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// Reads a container by Azure's SDK: List Blobs and Get Blob, each one request. <c>auto</c> takes what <c>az storage</c> takes from
/// the environment (a connection string, a key, a SAS), else the SDK's own chain (environment, workload and managed identity, <c>az
/// login</c>, <c>azd</c>), because a reader is a person or a job. All other types are used as configured.
/// </summary>
public sealed class AzureBlobObjectReader : IObjectReader
{
    /// <summary>The first version with lists that support <c>startFrom</c>.</summary>
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2026_02_06;

    private readonly AzureBlobSettings _settings;
    private readonly Variables _environment;
    private readonly HttpClient _http;
    private volatile BlobContainerClient? _client;

    /// <summary>Connects to nothing yet.</summary>
    public AzureBlobObjectReader(AzureBlobSettings settings)
        : this(settings, Environment.GetEnvironmentVariable)
    {
    }

    internal AzureBlobObjectReader(AzureBlobSettings settings, Func<string, string?> variable)
    {
        _settings = settings;
        _environment = new Variables(variable);
        _http = new HttpClient(HttpTransport.Create(settings.CaFile, settings.Proxy)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string Description => $"azblob://{_settings.Account}/{_settings.Container}";

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => AskAsync(async client =>
    {
        var (objects, directories) = (new List<StoredObject>(), new List<string>());
        string? next;
        if (query.IsByDirectory)
        {
            var options = new GetBlobsByHierarchyOptions { Prefix = query.Prefix, Delimiter = "/" };
            var page = await FirstAsync(client.GetBlobsByHierarchyAsync(options, cancellationToken).AsPages(query.Continuation), cancellationToken).ConfigureAwait(false);
            objects.AddRange((page?.Values ?? []).Where(item => item.IsBlob).Select(item => ToObject(item.Blob)));
            directories.AddRange((page?.Values ?? []).Where(item => item.IsPrefix).Select(item => item.Prefix));
            next = page?.ContinuationToken;
        }
        else
        {
            var options = new GetBlobsOptions { Prefix = query.Prefix, StartFrom = query.StartAfter.Length > 0 ? query.StartAfter : null };
            var page = await FirstAsync(client.GetBlobsAsync(options, cancellationToken).AsPages(query.Continuation), cancellationToken).ConfigureAwait(false);

            // startFrom includes the blob that it names, and a service that does not know the parameter ignores it.
            objects.AddRange((page?.Values ?? []).Select(ToObject).Where(item => string.CompareOrdinal(item.Key, query.StartAfter) > 0));
            next = page?.ContinuationToken;
        }

        return new ObjectPage(objects, directories, string.IsNullOrEmpty(next) ? null : next);
    });

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => AskAsync<Stream>(async client =>
    {
        try
        {
            var options = new BlobDownloadOptions { Range = offset > 0 ? new HttpRange(offset) : default };
            var answer = await client.GetBlobClient(key).DownloadStreamingAsync(options, cancellationToken).ConfigureAwait(false);
            return new StoreBody(answer.Value.Content, answer.Value.Details.ContentLength, key, answer.Value);
        }
        catch (RequestFailedException e) when (e.Status == (int)HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return Stream.Null;
        }
    });

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static StoredObject ToObject(BlobItem item) => new(item.Name, item.Properties.ContentLength ?? 0, item.Properties.LastModified ?? default);

    private static async Task<Page<T>?> FirstAsync<T>(IAsyncEnumerable<Page<T>> pages, CancellationToken cancellation)
    {
        await foreach (var page in pages.WithCancellation(cancellation).ConfigureAwait(false))
            return page;
        return null;
    }

    private async Task<BlobContainerClient> ConnectAsync()
    {
        var options = new BlobClientOptions(Version) { Transport = new HttpClientTransport(_http) };
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;

        var identity = _settings.Identity;
        var isAuto = identity.Type == AzureIdentityType.Auto;
        if (await GivenAsync(AzureIdentityType.ConnectionString, identity.ConnectionString, "connectionString", "AZURE_STORAGE_CONNECTION_STRING").ConfigureAwait(false) is { } connection)
            return new BlobContainerClient(connection, _settings.Container, options);

        var account = _settings.Account.Length > 0 ? _settings.Account : _environment["AZURE_STORAGE_ACCOUNT"];
        var container = new Uri($"{AzureAccess.ServiceOf(account, _settings.Endpoint).AbsoluteUri.TrimEnd('/')}/{_settings.Container}");
        if (await GivenAsync(AzureIdentityType.AccountKey, identity.AccountKey, "accountKey", "AZURE_STORAGE_KEY").ConfigureAwait(false) is { } key)
            return new BlobContainerClient(container, new StorageSharedKeyCredential(account, key), options);
        if (await GivenAsync(AzureIdentityType.Sas, identity.Sas, "sas", "AZURE_STORAGE_SAS_TOKEN").ConfigureAwait(false) is { } sas)
            return new BlobContainerClient(container, new AzureSasCredential(sas.TrimStart('?')), options);
        return new BlobContainerClient(container, Keyless(identity), options);

        // For all requests, so no single one may cancel it.
        async ValueTask<string?> GivenAsync(AzureIdentityType type, Secret configured, string name, string variable) =>
            identity.Type == type ? await configured.ReadAsync(name, CancellationToken.None).ConfigureAwait(false) : isAuto && _environment[variable] is { Length: > 0 } value ? value : null;
    }

    private static TokenCredential Keyless(AzureIdentitySettings identity) => identity.Type switch
    {
        AzureIdentityType.WorkloadIdentity => new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
        {
            ClientId = Or(identity.ClientId),
            TenantId = Or(identity.TenantId),
            TokenFilePath = Or(identity.TokenFile),
        }),
        AzureIdentityType.ManagedIdentity => new ManagedIdentityCredential(
            identity.ClientId.Length > 0 ? ManagedIdentityId.FromUserAssignedClientId(identity.ClientId) : ManagedIdentityId.SystemAssigned),
        _ => new DefaultAzureCredential(includeInteractiveCredentials: false),
    };

    private static string? Or(string text) => text.Length > 0 ? text : null;

    private async Task<T> AskAsync<T>(Func<BlobContainerClient, Task<T>> ask)
    {
        try
        {
            // Two first requests may each make one; either serves.
            return await ask(_client ??= await ConnectAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            throw new StoreReadException(e.IsUnavailable ? ReadTrouble.Unavailable : ReadTrouble.Refused, e.Message, e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new StoreReadException(ReadTrouble.Refused, $"no credentials for {Description}: {ServerWords.FirstLine(e.Message)}; sign in (az login), or set AZURE_STORAGE_SAS_TOKEN", e);
        }
        catch (RequestFailedException e)
        {
            throw Told(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new StoreReadException(ReadTrouble.Unavailable, ServerWords.FirstLine(e.Message), e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StoreReadException(ReadTrouble.Invalid, ServerWords.FirstLine(e.Message), e);
        }
    }

    private StoreReadException Told(RequestFailedException e)
    {
        if (e.Status == 0)
            return new StoreReadException(ReadTrouble.Unavailable, e.GetBaseException() is HttpRequestException http ? HttpFailures.Words(http, _client!.Uri) : ServerWords.FirstLine(e.Message), e);

        var said = $"{_settings.Container}: {e.Status} {e.ErrorCode}: {ServerWords.FirstLine(e.Message)}";
        return e.Status switch
        {
            429 or 503 => new(ReadTrouble.Throttled, said, e),
            401 or 403 when e.ErrorCode == "AuthenticationFailed" => new(ReadTrouble.Refused, $"{said}; the key, the signature, its expiry or the token's tenant is wrong: sign in again (az login)", e),
            401 or 403 => new(ReadTrouble.Refused, $"{said}; the identity needs the role Storage Blob Data Reader on the container, or a signature with the permissions r and l", e),
            404 => new(ReadTrouble.NotFound, said, e),
            >= 500 or 408 or 409 => new(ReadTrouble.Unavailable, said, e),
            _ => new(ReadTrouble.Invalid, said, e),
        };
    }
}
