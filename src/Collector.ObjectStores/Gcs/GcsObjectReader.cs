using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Google;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Services;
using Google.Apis.Storage.v1;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Reads a bucket by Google's client of the JSON API: <c>objects.list</c> and <c>objects.get</c> with <c>alt=media</c>, each one
/// request. <c>auto</c> is the library's own chain (application default credentials: a file that a variable names, the login of
/// <c>gcloud auth application-default login</c>, the metadata server), because a reader is a person or a job. All other types are
/// the agent's.
/// </summary>
public sealed class GcsObjectReader : IObjectReader
{
    /// <summary>The bytes of a refusal that are read.</summary>
    private const int MostOfRefusal = 16 * 1024;

    private readonly GcsSettings _settings;
    private readonly GcsPlace _place;
    private readonly TokenClient _tokens;
    private readonly TokenClient _metadata;
    private readonly GoogleIdentity? _identity;
    private readonly HttpMessageHandler _connections;
    private readonly SemaphoreSlim _connecting = new(1);
    private StorageService? _service;

    /// <summary>Connects to nothing yet.</summary>
    public GcsObjectReader(GcsSettings settings)
        : this(settings, Environment.GetEnvironmentVariable)
    {
    }

    internal GcsObjectReader(GcsSettings settings, Func<string, string?> variable)
    {
        _settings = settings;
        _tokens = new TokenClient(HttpTransport.Create(settings.CaFile, settings.Proxy), TimeProvider.System);
        _metadata = new TokenClient(HttpTransport.CreateDirect(), TimeProvider.System);
        _connections = HttpTransport.Create(settings.CaFile, settings.Proxy);

        var environment = new Variables(variable);
        _place = GcsPlace.Of(settings, environment[GcsSettings.EmulatorVariable]);
        var isPersons = settings.Identity is { Type: GoogleIdentityType.Auto, CredentialsFile: "" } && !_place.IsEmulator;
        _identity = isPersons ? null : GoogleIdentities.Create(settings.Identity, environment, _place.IsEmulator, _tokens, _metadata, TimeProvider.System);
    }

    public string Description => $"gs://{_settings.Bucket}";

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => AskAsync("storage.objects.list", async service =>
    {
        var request = service.Objects.List(_settings.Bucket);
        request.Prefix = query.Prefix.Length > 0 ? query.Prefix : null;
        request.Delimiter = query.IsByDirectory ? "/" : null;
        request.StartOffset = query.StartAfter.Length > 0 ? query.StartAfter : null;
        request.PageToken = query.Continuation;
        request.Fields = "items(name,size,updated),prefixes,nextPageToken";
        var page = await request.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return new ObjectPage(
            [
                .. (page.Items ?? [])
                    .Select(item => new StoredObject(item.Name, (long)(item.Size ?? 0), item.UpdatedDateTimeOffset ?? DateTimeOffset.UnixEpoch))

                    // startOffset includes the object that it names.
                    .Where(item => string.CompareOrdinal(item.Key, query.StartAfter) > 0),
            ],
            [.. page.Prefixes ?? []],
            page.NextPageToken);
    }, cancellationToken);

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => AskAsync<Stream>("storage.objects.get", async service =>
    {
        var get = service.Objects.Get(_settings.Bucket, key);
        get.Alt = StorageBaseServiceRequest<Google.Apis.Storage.v1.Data.Object>.AltEnum.Media;
        using var request = get.CreateRequest(overrideGZipEnabled: false);
        request.Headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null;

        // The client's own send method reads the whole answer into memory.
        var answer = await service.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            return new StoreBody(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), answer.Content.Headers.ContentLength ?? -1, key, answer);

        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                return Stream.Null;
            throw Told(answer.StatusCode, await WordsAsync(answer.Content, cancellationToken).ConfigureAwait(false), "storage.objects.get", null);
        }
    }, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _service?.Dispose();
        _identity?.Dispose();
        _connections.Dispose();
        _tokens.Dispose();
        _metadata.Dispose();
        _connecting.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The library renews its own credentials; the agent's credentials are fetched for each request.</summary>
    private async Task<StorageService> ConnectAsync(CancellationToken cancellation)
    {
        await _connecting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_service is not null)
                return _service;
            IConfigurableHttpClientInitializer? credential = _identity is not null
                ? new RenewedCredential(_identity)
                : (await GoogleCredential.GetApplicationDefaultAsync(cancellation).ConfigureAwait(false)).CreateScoped(StorageService.Scope.DevstorageReadOnly);
            return _service = new StorageService(new BaseClientService.Initializer
            {
                BaseUri = _place.Service,
                ApplicationName = "collector",
                HttpClientFactory = new GoogleConnections(_connections),
                HttpClientInitializer = credential,
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
                GZipEnabled = false,
            });
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<T> AskAsync<T>(string permission, Func<StorageService, Task<T>> ask, CancellationToken cancellation)
    {
        if (_place.Problem.Length > 0)
            throw new StoreReadException(ReadTrouble.Invalid, _place.Problem);

        try
        {
            return await ask(await ConnectAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (GoogleApiException e)
        {
            throw Told(e.HttpStatusCode, ServerWords.FirstLine(e.Error?.Message ?? e.Message ?? ""), permission, e);
        }
        catch (CredentialException e)
        {
            throw new StoreReadException(e.IsUnavailable ? ReadTrouble.Unavailable : ReadTrouble.Refused, e.Message, e);
        }
        catch (Exception e) when (e is TokenResponseException or InvalidOperationException)
        {
            throw new StoreReadException(
                ReadTrouble.Refused, $"no credentials for {Description}: {ServerWords.FirstLine(e.Message)}; sign in (gcloud auth application-default login), or set GOOGLE_APPLICATION_CREDENTIALS", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new StoreReadException(ReadTrouble.Unavailable, e is HttpRequestException http ? HttpFailures.Words(http, _place.Uploads!) : ServerWords.FirstLine(e.Message), e);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StoreReadException(ReadTrouble.Invalid, ServerWords.FirstLine(e.Message), e);
        }
    }

    /// <summary>The message of a refusal, or the beginning of its body.</summary>
    private static async Task<string> WordsAsync(HttpContent content, CancellationToken cancellation)
    {
        var beginning = new byte[MostOfRefusal];
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(beginning, 0, await stream.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false));
        return ServerWords.FirstLine(TokenClient.Parse(text) is { } json && json.TryGetProperty("error", out var error) ? TokenClient.Text(error, "message") ?? "" : text);
    }

    private StoreReadException Told(HttpStatusCode status, string words, string permission, Exception? inner)
    {
        var said = $"{_settings.Bucket}: {(int)status} {words}";
        return status switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new(ReadTrouble.Throttled, said, inner),
            HttpStatusCode.Unauthorized => new(ReadTrouble.Refused, $"{said}; the credentials are wrong or have expired: sign in again (gcloud auth application-default login)", inner),
            HttpStatusCode.Forbidden => new(ReadTrouble.Refused, $"{said}; the identity needs {permission} on the bucket (the role Storage Object Viewer)", inner),
            HttpStatusCode.NotFound => new(ReadTrouble.NotFound, said, inner),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => new(ReadTrouble.Unavailable, said, inner),
            _ when (int)status >= 500 => new(ReadTrouble.Unavailable, said, inner),
            _ => new(ReadTrouble.Invalid, said, inner),
        };
    }

    /// <summary>Adds the agent's current token to each request.</summary>
    private sealed class RenewedCredential(GoogleIdentity identity) : IConfigurableHttpClientInitializer, IHttpExecuteInterceptor
    {
        public void Initialize(ConfigurableHttpClient httpClient) => httpClient.MessageHandler.AddExecuteInterceptor(this);

        public async Task InterceptAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (await identity.TokenAsync(cancellationToken).ConfigureAwait(false) is { } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }
}
