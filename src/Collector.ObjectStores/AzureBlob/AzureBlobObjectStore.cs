using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// Objects as block blobs, each written by one Put Blob request. The permission to create or to write is enough, no half-written
/// blob is ever left, and the condition is checked when the blob is created. What the SDK does, and what it is kept from:
/// ../DESIGN.md.
/// </summary>
public sealed class AzureBlobObjectStore : IObjectStore, IStoreCheck
{
    private const string ProbeName = ".collector-probe";

    /// <summary>The limit of Put Blob. The SDK sends smaller bodies, as all sealed objects are, in one request.</summary>
    private const long LargestInOneRequest = 5000L * 1024 * 1024;

    private static readonly ETag ImpossibleETag = new("\"0x0\"");
    private static readonly byte[] ProbeBody = "probe"u8.ToArray();

    private readonly AzureBlobSettings _settings;
    private readonly TimeProvider _clock;
    private readonly StoreConnections _connections;
    private readonly TokenClient _entra;
    private readonly TokenClient _imds;
    private readonly Lazy<AzureIdentity> _keyless;
    private volatile AzureAccess? _last;
    private volatile string _problem = "";

    /// <summary>Connects to nothing yet.</summary>
    public AzureBlobObjectStore(AzureBlobSettings settings)
        : this(settings, Environment.GetEnvironmentVariable, TimeProvider.System)
    {
    }

    /// <param name="settings">Address and identity.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="clock">Tells when a token ends and when an upload has stalled.</param>
    internal AzureBlobObjectStore(AzureBlobSettings settings, Func<string, string?> variable, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _connections = new StoreConnections(settings, clock);
        _entra = new TokenClient(HttpTransport.Create(settings.CaFile, settings.Proxy), clock);
        _imds = new TokenClient(HttpTransport.CreateDirect(), clock);
        _keyless = new Lazy<AzureIdentity>(() => AzureIdentities.Keyless(settings.Identity, new Variables(variable), _entra, _imds, clock));
    }

    public string Description
    {
        get
        {
            // Ends at once without a file. One is not read here: if it hangs, it must not hold up a line of the log.
            if (_last is null && _settings.Identity.ConnectionString.File.Length == 0)
                _ = AccessAsync(CancellationToken.None).AsTask().Exception;
            if (_last is { } access)
                return $"azureBlob {access.Service.AbsoluteUri.TrimEnd('/')}/{_settings.Container} as {access.Identity.Description}";
            return _problem.Length > 0 ? $"azureBlob {_settings.Container} ({_problem})" : $"azureBlob {_settings.Container}";
        }
    }

    public DateTimeOffset? CredentialExpiry => _last?.Identity.Expiry;

    public async Task<string?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var access = await AccessAsync(cancellationToken).ConfigureAwait(false);
            await access.Identity.PrepareAsync(cancellationToken).ConfigureAwait(false);
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

        var options = ToOptions(item);
        using var watch = new StallWatch(_clock, cancellationToken);
        using var body = new WatchedBody(item.OpenBody(), item.Length, watch);
        var answer = await SendAsync(path, body, watch, client => client.UploadAsync(body, options, watch.Token), cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? AzureAnswers.ToResult(answer, item.OnlyIfAbsent);
    }

    public async Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectUrl.TryEscape(item.Key, out var path))
            return Sight.NotShown;

        using var watch = new StallWatch(_clock, cancellationToken);
        var seen = await SendAsync(path, null, watch, client => client.GetPropertiesAsync(cancellationToken: watch.Token), cancellationToken).ConfigureAwait(false);
        return Sighting.Of(seen, seen.Header("x-ms-meta-sha256") == Convert.ToHexStringLower(item.Sha256.Span));
    }

    /// <summary>
    /// A Put Blob that is authorised like any other and that the service must then refuse, for two reasons: no blob has this ETag
    /// (412), and the body does not match its MD5 (400).
    /// </summary>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var answer = await SendProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (AzureAnswers.IsRefusedProbe(answer) ? PutResult.Stored : Probing.NotRefused(answer, AzureAnswers.ToResult(answer, onlyIfAbsent: false)));
    }

    /// <inheritdoc/>
    /// <remarks>The probe, which leaves nothing: it is refused by the container or for the identity before the blob matters.</remarks>
    public async Task<PutResult> CheckAsync(CancellationToken cancellationToken)
    {
        var answer = await SendProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (AzureAnswers.IsOfEveryBlob(answer) ? AzureAnswers.ToResult(answer, onlyIfAbsent: false) : PutResult.Stored);
    }

    public ValueTask DisposeAsync()
    {
        _last?.Identity.Dispose();
        _connections.Dispose();
        _entra.Dispose();
        _imds.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<StoreAnswer> SendProbeAsync(CancellationToken cancellation)
    {
        var path = ObjectUrl.TryEscape(_settings.ProbePrefix + ProbeName, out var escaped) ? escaped : ProbeName;
        var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfMatch = ImpossibleETag } };
        using var watch = new StallWatch(_clock, cancellation);
        using var body = new WatchedBody(new MemoryStream(ProbeBody, writable: false), ProbeBody.Length, watch);
        return await SendAsync(path, body, watch, client => client.UploadAsync(body, options, watch.Token), cancellation, new OtherDigest()).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends one request and returns how it ended: an answer, or none. Throws for a cancellation or an unreadable body only.
    /// </summary>
    private async Task<StoreAnswer> SendAsync(string path, WatchedBody? body, StallWatch watch, Func<BlobClient, Task> call, CancellationToken cancellation, HttpPipelinePolicy? policy = null)
    {
        try
        {
            var access = await AccessAsync(cancellation).ConfigureAwait(false);
            using var attempt = new AzureAttempt(_connections, access.Service, watch);
            using var http = new HttpClient(attempt, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
            var url = new Uri($"{access.Service.AbsoluteUri.TrimEnd('/')}/{_settings.Container}/{path}");
            var options = AzureAttempt.ToOptions(http);
            if (policy is not null)
                options.AddPolicy(policy, HttpPipelinePosition.PerCall);
            var client = await access.Identity.OpenAsync(url, options, cancellation).ConfigureAwait(false);
            var answer = await attempt.RunAsync(() => call(client), body, cancellation).ConfigureAwait(false);
            if (attempt.RefusedToken is { } refused)
                access.Identity.Refused(refused);
            return answer;
        }
        catch (CredentialException e)
        {
            return StoreAnswer.None(e.IsUnavailable ? PutStatus.Unavailable : PutStatus.Unauthorized, e.Message);
        }
    }

    private BlobUploadOptions ToOptions(ObjectToPut item)
    {
        var options = new BlobUploadOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = item.ContentType },
            Metadata = item.Metadata.ToDictionary(pair => pair.Key, pair => HeaderText(pair.Value), StringComparer.Ordinal),
            Conditions = item.OnlyIfAbsent ? new BlobRequestConditions { IfNoneMatch = ETag.All } : null,

            // The service compares this with the body that arrives.
            TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
            TransferOptions = new StorageTransferOptions { InitialTransferSize = LargestInOneRequest },
        };
        if (_settings.AccessTier.Length > 0)
            options.AccessTier = new AccessTier(_settings.AccessTier);
        return options;
    }

    /// <summary>A header is ASCII: all else is escaped as in a URL.</summary>
    private static string HeaderText(string value) => value.All(char.IsAscii) && !value.Any(char.IsControl) ? value : Uri.EscapeDataString(value);

    /// <summary>A connection string may change with its file, so its client is made each time; the others are made once.</summary>
    private async ValueTask<AzureAccess> AccessAsync(CancellationToken cancellation)
    {
        if (_last is { } access && _settings.Identity.Type != AzureIdentityType.ConnectionString)
            return access;

        try
        {
            return _last = await AzureAccess.CreateAsync(_settings, () => _keyless.Value, _connections.Clock, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            (_last, _problem) = (null, e.Message);
            throw;
        }
    }
}
