using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// Objects as block blobs, each written by one Put Blob request: to create or to write is all the permission it needs, nothing
/// half-written is ever left, and the condition is checked where the blob comes to be. Why there is no SDK: ../DESIGN.md.
/// </summary>
public sealed class AzureBlobObjectStore : IObjectStore
{
    /// <summary>Of the REST protocol: new enough for every tier and for bearer tokens, old enough for every emulator.</summary>
    private const string Version = "2021-12-02";

    private const string ProbeName = ".collector-probe";
    private const string ImpossibleETag = "\"0x0\"";

    private readonly AzureBlobSettings _settings;
    private readonly StoreClient _client;
    private readonly TokenClient _entra;
    private readonly TokenClient _imds;
    private readonly Lazy<RequestAuthorization> _keyless;
    private volatile AzureAccess? _last;

    /// <summary>Nothing is contacted yet.</summary>
    public AzureBlobObjectStore(AzureBlobSettings settings)
        : this(settings, Environment.GetEnvironmentVariable, TimeProvider.System)
    {
    }

    /// <param name="settings">Where and as whom.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="clock">Tells when a token ends and when an upload has stalled.</param>
    internal AzureBlobObjectStore(AzureBlobSettings settings, Func<string, string?> variable, TimeProvider clock)
    {
        _settings = settings;
        _client = new StoreClient(settings, clock);
        _entra = new TokenClient(HttpTransport.Create(settings.CaFile, settings.Proxy), clock);
        _imds = new TokenClient(HttpTransport.CreateDirect(), clock);
        _keyless = new Lazy<RequestAuthorization>(() => AzureIdentity.Keyless(settings.Identity, new Variables(variable), _entra, _imds, clock));
    }

    public string Description
    {
        get
        {
            try
            {
                var access = Access();
                return $"azureBlob {access.Service.AbsoluteUri.TrimEnd('/')}/{_settings.Container} as {access.Authorization.Description}";
            }
            catch (CredentialException e)
            {
                return $"azureBlob {_settings.Container} ({e.Message})";
            }
        }
    }

    public DateTimeOffset? CredentialExpiry => _last?.Authorization.Expiry;

    public async Task<string?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Access().Authorization.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (CredentialException e)
        {
            return e.Message;
        }
    }

    public async Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectUrl.TryEscape(item.Key, out var path))
            return new PutResult(PutStatus.Rejected, $"no blob can have the name \"{item.Key}\"; change keyPrefix");

        var content = new BodyContent(item);
        content.Headers.TryAddWithoutValidation("Content-MD5", BodyChecksum.Md5(item, cancellationToken));
        content.Headers.TryAddWithoutValidation("Content-Type", item.ContentType);
        var answer = await WriteAsync(path, content, request => Complete(request, item), cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? AzureAnswers.ToResult(answer, item.OnlyIfAbsent);
    }

    public async Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectUrl.TryEscape(item.Key, out var path))
            return Sight.NotShown;

        var seen = await SendAsync(HttpMethod.Head, path, null, _ => { }, cancellationToken).ConfigureAwait(false);
        return Sighting.Of(seen, seen.Header("x-ms-meta-sha256") == Convert.ToHexStringLower(item.Sha256.Span));
    }

    /// <summary>
    /// A Put Blob that is authorised like any other and that the service must then refuse, for two reasons: no blob has this
    /// ETag (412), and the body is not what its MD5 says (400).
    /// </summary>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var path = ObjectUrl.TryEscape(_settings.ProbePrefix + ProbeName, out var escaped) ? escaped : ProbeName;
        var content = new ByteArrayContent("probe"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-MD5", Convert.ToBase64String(new byte[16]));
        var answer = await WriteAsync(
            path, content, request => request.Headers.TryAddWithoutValidation("If-Match", ImpossibleETag), cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (AzureAnswers.IsRefusedProbe(answer) ? PutResult.Stored : Probing.NotRefused(answer, AzureAnswers.ToResult(answer, onlyIfAbsent: false)));
    }

    public ValueTask DisposeAsync()
    {
        _last?.Authorization.Dispose();
        _client.Dispose();
        _entra.Dispose();
        _imds.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<StoreAnswer> WriteAsync(string path, HttpContent content, Action<HttpRequestMessage> complete, CancellationToken cancellation) =>
        SendAsync(
            HttpMethod.Put,
            path,
            content,
            request =>
            {
                request.Headers.TryAddWithoutValidation("x-ms-blob-type", "BlockBlob");
                complete(request);
            },
            cancellation);

    private async Task<StoreAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage> complete, CancellationToken cancellation)
    {
        AzureAccess access;
        try
        {
            access = Access();
        }
        catch (CredentialException e)
        {
            return StoreAnswer.None(PutStatus.Unauthorized, e.Message);
        }

        using var request = new HttpRequestMessage(method, $"{access.Service.AbsoluteUri.TrimEnd('/')}/{_settings.Container}/{path}") { Content = content };
        request.Headers.TryAddWithoutValidation("x-ms-version", Version);
        complete(request);
        return await _client.SendAsync(request, access.Authorization, cancellation).ConfigureAwait(false);
    }

    private void Complete(HttpRequestMessage request, ObjectToPut item)
    {
        if (item.OnlyIfAbsent)
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        if (_settings.AccessTier.Length > 0)
            request.Headers.TryAddWithoutValidation("x-ms-access-tier", _settings.AccessTier);
        request.Headers.TryAddWithoutValidation("x-ms-blob-content-type", item.ContentType);
        foreach (var (name, value) in item.Metadata)
        {
            request.Headers.TryAddWithoutValidation($"x-ms-meta-{name}", HeaderText(value));
        }
    }

    /// <summary>A header is ASCII: all else is escaped as in a URL.</summary>
    private static string HeaderText(string value) => value.All(char.IsAscii) && !value.Any(char.IsControl) ? value : Uri.EscapeDataString(value);

    /// <summary>A connection string may change with its file; the others are made once.</summary>
    private AzureAccess Access() =>
        _last is { } access && _settings.Identity.Type != AzureIdentityType.ConnectionString
            ? access
            : _last = AzureAccess.Create(_settings, () => _keyless.Value, _client.ServerClock);
}
