using System.Text;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Objects by the JSON API of Google Cloud Storage; <c>storage.objects.create</c> is all the permission it needs. Why there are
/// two ways to send, and no SDK: ../DESIGN.md.
/// </summary>
public sealed class GcsObjectStore : IObjectStore
{
    /// <summary>
    /// From this size on an upload can be continued: what a line of a megabit a second still takes within the deadline goes in
    /// one request, and costs nothing more.
    /// </summary>
    internal const int ResumableFrom = 8 * 1024 * 1024;

    private const string ProbeName = ".collector-probe";

    /// <summary>Generations are times in microseconds: none is ever one.</summary>
    private const string ImpossibleGeneration = "1";

    private readonly GcsSettings _settings;
    private readonly StoreClient _client;
    private readonly TokenClient _tokens;
    private readonly TokenClient _metadata;
    private readonly RequestAuthorization _authorization;
    private readonly ResumableUpload _resumable;
    private readonly GcsPlace _place;

    /// <summary>Nothing is contacted yet.</summary>
    public GcsObjectStore(GcsSettings settings)
        : this(settings, Environment.GetEnvironmentVariable, TimeProvider.System)
    {
    }

    /// <param name="settings">Where and as whom.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="clock">Tells when a token ends and when an upload has stalled.</param>
    internal GcsObjectStore(GcsSettings settings, Func<string, string?> variable, TimeProvider clock)
    {
        _settings = settings;
        _client = new StoreClient(settings, clock);
        _tokens = new TokenClient(HttpTransport.Create(settings.CaFile, settings.Proxy), clock);
        _metadata = new TokenClient(HttpTransport.CreateDirect(), clock);

        var environment = new Variables(variable);
        _place = GcsPlace.Of(settings, environment[GcsSettings.EmulatorVariable]);
        _authorization = GoogleIdentity.Create(settings.Identity, environment, _place.IsEmulator, _tokens, _metadata, clock);
        _resumable = new ResumableUpload(_client, _authorization);
    }

    public string Description => $"gcs {_settings.Bucket} as {_authorization.Description}";

    public DateTimeOffset? CredentialExpiry => _authorization.Expiry;

    public async Task<string?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _authorization.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return _place.Problem.Length > 0 ? _place.Problem : null;
        }
        catch (CredentialException e)
        {
            return e.Message;
        }
    }

    public async Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (!ObjectUrl.TryEscape(item.Key, out _))
            return new PutResult(PutStatus.Rejected, $"no object can have the name \"{item.Key}\"; change keyPrefix");
        if (_place.Problem.Length > 0)
            return new PutResult(PutStatus.Unavailable, _place.Problem);

        var crc32C = BodyChecksum.Crc32C(item, cancellationToken);
        var resource = ObjectResource.Write(item, crc32C, _settings.StorageClass);
        var condition = item.OnlyIfAbsent ? "0" : "";
        if (item.Length >= ResumableFrom)
            return await _resumable.PutAsync(item, UploadUrl("resumable", item.Key, condition), resource, crc32C, cancellationToken).ConfigureAwait(false);

        using var content = MultipartBody.Of(item, resource);
        var answer = await PostAsync(UploadUrl("multipart", item.Key, condition), content, cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? GcsAnswers.ToResult(answer, item, crc32C);
    }

    public async Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (_place.Objects is not { } objects)
            return Sight.Unanswered;

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{objects.AbsoluteUri}/{Uri.EscapeDataString(item.Key)}");
        var seen = await _client.SendAsync(request, _authorization, cancellationToken).ConfigureAwait(false);
        return Sighting.Of(seen, ObjectResource.HasSha256(seen.Text, item));
    }

    /// <summary>
    /// An upload that is authorised like any other and that the service must then refuse: no object has this generation (412).
    /// </summary>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        if (_place.Problem.Length > 0)
            return new PutResult(PutStatus.Unavailable, _place.Problem);

        using var content = new ByteArrayContent("probe"u8.ToArray());
        var answer = await PostAsync(UploadUrl("media", _settings.ProbePrefix + ProbeName, ImpossibleGeneration), content, cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (GcsAnswers.IsConditionNotMet(answer) ? PutResult.Stored : Probing.NotRefused(answer, GcsAnswers.Refusal(answer, onlyIfAbsent: false)));
    }

    public ValueTask DisposeAsync()
    {
        _authorization.Dispose();
        _client.Dispose();
        _tokens.Dispose();
        _metadata.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<StoreAnswer> PostAsync(Uri url, HttpContent content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        return await _client.SendAsync(request, _authorization, cancellation).ConfigureAwait(false);
    }

    private Uri UploadUrl(string type, string key, string generation)
    {
        var query = new StringBuilder($"{_place.Uploads}?uploadType={type}&name={Uri.EscapeDataString(key)}");
        if (generation.Length > 0)
            query.Append("&ifGenerationMatch=").Append(generation);
        if (_settings.KmsKey.Length > 0)
            query.Append("&kmsKeyName=").Append(Uri.EscapeDataString(_settings.KmsKey));
        return new Uri(query.ToString());
    }
}
