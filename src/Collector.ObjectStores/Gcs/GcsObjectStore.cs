using System.Net;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;
using Google.Apis.Http;
using Google.Apis.Services;
using Google.Apis.Storage.v1;
using Google.Apis.Upload;
using Google.Cloud.Storage.V1;
using GcsObject = Google.Apis.Storage.v1.Data.Object;

namespace Collector.ObjectStores.Gcs;

/// <summary>
/// Objects in Google Cloud Storage, each by a resumable upload, which the next attempt continues after an interruption.
/// <c>storage.objects.create</c> is the only permission it needs. What the SDK does, and what it is kept from: ../DESIGN.md.
/// </summary>
public sealed class GcsObjectStore : IObjectStore, IStoreCheck
{
    /// <summary>
    /// The size of one upload request, which the SDK holds in memory. Four uploads at once hold 8 MiB; an object of 48 MB waits for
    /// 23 answers, a second or two on the way around the world.
    /// </summary>
    internal const int PieceSize = 2 * 1024 * 1024;

    private const string ProbeName = ".collector-probe";
    private const string Program = "collector";

    /// <summary>Generations are times in microseconds, so no object has this one.</summary>
    private const long ImpossibleGeneration = 1;

    /// <summary>The service's word for "no such object".</summary>
    private const long Absent = 0;

    private static readonly byte[] ProbeBody = "probe"u8.ToArray();

    private readonly GcsSettings _settings;
    private readonly TimeProvider _clock;
    private readonly StoreConnections _connections;
    private readonly TokenClient _tokens;
    private readonly TokenClient _metadata;
    private readonly GoogleIdentity _identity;
    private readonly ResumableSessions _sessions = new();
    private readonly GcsPlace _place;

    /// <summary>Connects to nothing yet.</summary>
    public GcsObjectStore(GcsSettings settings)
        : this(settings, Environment.GetEnvironmentVariable, TimeProvider.System)
    {
    }

    /// <param name="settings">Address and identity.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="clock">Tells when a token ends and when an upload has stalled.</param>
    internal GcsObjectStore(GcsSettings settings, Func<string, string?> variable, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _connections = new StoreConnections(settings, clock);
        _tokens = new TokenClient(HttpTransport.Create(settings.CaFile, settings.Proxy), clock);
        _metadata = new TokenClient(HttpTransport.CreateDirect(), clock);

        var environment = new Variables(variable);
        _place = GcsPlace.Of(settings, environment[GcsSettings.EmulatorVariable]);
        _identity = GoogleIdentities.Create(settings.Identity, environment, _place.IsEmulator, _tokens, _metadata, clock);
    }

    public string Description => $"gcs {_settings.Bucket} as {_identity.Description}";

    public DateTimeOffset? CredentialExpiry => _identity.Expiry;

    public async Task<string?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _identity.PrepareAsync(cancellationToken).ConfigureAwait(false);
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
        using var watch = new StallWatch(_clock, cancellationToken);
        using var body = new WatchedBody(item.OpenBody(), item.Length, watch);
        if (_sessions.TryGet(item.Key, out var session))
        {
            // (a) An earlier attempt was interrupted: ask how much has arrived. A refusal here is about the session, not the
            // object: the session is gone, or bytes of the old connection arrived after the question and ours no longer fit. The
            // session is then forgotten.
            var rest = await UploadAsync(item, crc32C, body, watch, upload => upload.ResumeAsync(session, watch.Token), cancellationToken).ConfigureAwait(false);
            var continued = ToResult(rest, item, crc32C);
            if (continued.Status != PutStatus.Rejected && !IsGone(rest))
                return continued;
        }

        // (b) A new session, and all of the body.
        var answer = await UploadAsync(item, crc32C, body, watch, upload => upload.UploadAsync(watch.Token), cancellationToken).ConfigureAwait(false);
        return ToResult(answer, item, crc32C);
    }

    public async Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        if (_place.Problem.Length > 0)
            return Sight.Unanswered;

        GcsObject? found = null;
        using var watch = new StallWatch(_clock, cancellationToken);
        var options = new GetObjectOptions { RetryOptions = RetryOptions.Never };
        var seen = await SendAsync(
            null, watch, async client => found = await client.GetObjectAsync(_settings.Bucket, item.Key, options, watch.Token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return Sighting.Of(seen, found?.Name == item.Key && found.Metadata?.TryGetValue("sha256", out var sha256) == true && sha256 == Convert.ToHexStringLower(item.Sha256.Span));
    }

    /// <summary>
    /// An upload that is authorised like any other and that the service must then refuse: no object has this generation (412).
    /// </summary>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var answer = await SendProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (GcsAnswers.IsConditionNotMet(answer) ? PutResult.Stored : Probing.NotRefused(answer, GcsAnswers.Refusal(answer, onlyIfAbsent: false)));
    }

    /// <inheritdoc/>
    /// <remarks>The probe, which leaves nothing: it is refused by the bucket or for the identity before the object matters.</remarks>
    public async Task<PutResult> CheckAsync(CancellationToken cancellationToken)
    {
        var answer = await SendProbeAsync(cancellationToken).ConfigureAwait(false);
        return answer.Failure ?? (GcsAnswers.IsOfEveryObject(answer) ? GcsAnswers.Refusal(answer, onlyIfAbsent: false) : PutResult.Stored);
    }

    public ValueTask DisposeAsync()
    {
        _identity.Dispose();
        _connections.Dispose();
        _tokens.Dispose();
        _metadata.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<StoreAnswer> SendProbeAsync(CancellationToken cancellation)
    {
        if (_place.Problem.Length > 0)
            return StoreAnswer.None(PutStatus.Unavailable, _place.Problem);

        using var watch = new StallWatch(_clock, cancellation);
        using var body = new WatchedBody(new MemoryStream(ProbeBody, writable: false), ProbeBody.Length, watch);
        var probe = new GcsObject { Bucket = _settings.Bucket, Name = _settings.ProbePrefix + ProbeName };
        return await SendAsync(body, watch, client => client.UploadObjectAsync(probe, body, ToOptions(ImpossibleGeneration), watch.Token), cancellation).ConfigureAwait(false);
    }

    /// <summary>The result of the upload, and whether the next attempt continues its session.</summary>
    private PutResult ToResult(StoreAnswer answer, ObjectToPut item, string crc32C)
    {
        if (answer.Failure is { } failure)
            return failure;
        if (answer.IsSuccess && !_sessions.TryGet(item.Key, out _))
            return answer.As(PutStatus.Unavailable, "Google began an upload without naming its address");

        var result = answer.Status == GcsAttempt.Incomplete
            ? answer.As(PutStatus.Unavailable, $"Google has {(answer.Said("Range") is { Length: > 0 } range ? range : "nothing")} of {item.Length} bytes, and accepts no more now")
            : GcsAnswers.ToResult(answer, item, crc32C);
        if (result.Status is not (PutStatus.Unavailable or PutStatus.Throttled or PutStatus.Unauthorized) || IsGone(answer))
            _sessions.Remove(item.Key);
        return result;
    }

    private Task<StoreAnswer> UploadAsync(
        ObjectToPut item, string crc32C, WatchedBody body, StallWatch watch, Func<ObjectsResource.InsertMediaUpload, Task<IUploadProgress>> send, CancellationToken cancellation) =>
        SendAsync(
            body,
            watch,
            async client =>
            {
                var upload = client.CreateObjectUploader(ToObject(item, crc32C), body, ToOptions(item.OnlyIfAbsent ? Absent : null));
                upload.UploadSessionData += begun => _sessions.Add(item.Key, begun.UploadUri);
                (await send(upload).ConfigureAwait(false)).ThrowOnFailure();
            },
            cancellation);

    /// <summary>
    /// Makes one attempt and returns how it ended: an answer, or none. Throws for a cancellation or an unreadable body only.
    /// </summary>
    private async Task<StoreAnswer> SendAsync(WatchedBody? body, StallWatch watch, Func<StorageClient, Task> call, CancellationToken cancellation)
    {
        using var attempt = new GcsAttempt(_connections, _place, watch);
        try
        {
            using var client = new StorageClientImpl(new StorageService(new BaseClientService.Initializer
            {
                BaseUri = _place.Service,
                ApplicationName = Program,
                HttpClientFactory = new GoogleConnections(attempt),
                HttpClientInitializer = await _identity.GetAsync(cancellation).ConfigureAwait(false),
                DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
                GZipEnabled = false,
            }));
            var answer = await attempt.RunAsync(() => call(client), body, cancellation).ConfigureAwait(false);
            if (attempt.RefusedToken is { } refused)
                _identity.Refused(refused);
            return answer;
        }
        catch (CredentialException e)
        {
            return StoreAnswer.None(e.IsUnavailable ? PutStatus.Unavailable : PutStatus.Unauthorized, e.Message);
        }
        catch (ArgumentException e) when (attempt.Asked is null)
        {
            return StoreAnswer.None(PutStatus.Unavailable, $"{ServerWords.FirstLine(e.Message)}; correct store.bucket");
        }
    }

    /// <summary>The object, and the checksum that it must have on arrival.</summary>
    private GcsObject ToObject(ObjectToPut item, string crc32C) => new()
    {
        Bucket = _settings.Bucket,
        Name = item.Key,
        ContentType = item.ContentType,
        Crc32c = crc32C,
        Metadata = item.Metadata.ToDictionary(StringComparer.Ordinal),
        StorageClass = _settings.StorageClass.Length > 0 ? _settings.StorageClass : null,
    };

    /// <param name="generation">The generation that the object must have; null: any generation.</param>
    private UploadObjectOptions ToOptions(long? generation) => new()
    {
        ChunkSize = PieceSize,
        IfGenerationMatch = generation,
        KmsKeyName = _settings.KmsKey.Length > 0 ? _settings.KmsKey : null,

        // The SDK's own checksum covers an upload from its beginning, so it cannot continue an interrupted one.
        UploadValidationMode = UploadValidationMode.None,
    };

    /// <summary>The session has ended, or was never known.</summary>
    private static bool IsGone(StoreAnswer answer) => answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone;
}
