using Amazon.S3;
using Amazon.S3.Model;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Objects in Amazon S3, or in a store that speaks its protocol: one PutObject each, streamed, signed with the hash that was
/// made when the object was sealed. Nothing but <c>s3:PutObject</c> is needed.
/// </summary>
public sealed class S3ObjectStore : IObjectStore
{
    private readonly S3Settings _settings;
    private readonly S3Place _place;
    private readonly TokenClient _local;
    private readonly AwsIdentity _identity;
    private readonly ServerClock _storesClock;
    private readonly TimeProvider _clock;
    private readonly Lazy<S3Client> _client;

    /// <summary>Connects to nothing yet.</summary>
    public S3ObjectStore(S3Settings settings)
        : this(settings, Environment.GetEnvironmentVariable, TimeProvider.System)
    {
    }

    /// <param name="settings">Address and identity.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="clock">Tells when keys expire and when an upload has stalled. Signatures have its time, corrected by the
    /// store's.</param>
    internal S3ObjectStore(S3Settings settings, Func<string, string?> variable, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        var environment = new AwsEnvironment(new Variables(variable));
        _place = S3Place.Of(settings, environment).CheckProxy(settings.Proxy, variable);
        _storesClock = new ServerClock(clock);
        _local = new TokenClient(HttpTransport.CreateDirect(), clock);
        _identity = AwsIdentities.Create(settings.Identity, new AwsIdentityContext(environment, _place.Region, settings.CaFile, settings.Proxy, _local, clock));
        _client = new Lazy<S3Client>(() => new S3Client(_settings, _place));
    }

    public string Description
    {
        get
        {
            var where = _place.Endpoint is { } endpoint ? $" at {endpoint.Scheme}://{endpoint.Authority}" : $" in {_place.Region}";
            return $"s3://{_settings.Bucket}{where} as {_identity.Description}";
        }
    }

    public DateTimeOffset? CredentialExpiry => _identity.Expiry;

    public async Task<string?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _identity.GetAsync(cancellationToken).ConfigureAwait(false);
            return _place.Problem.Length > 0 ? _place.Problem : null;
        }
        catch (CredentialException e)
        {
            return e.Message;
        }
    }

    public async Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        using var watch = new StallWatch(_clock, cancellationToken);
        using var body = new WatchedBody(item.OpenBody(), item.Length, watch);
        var request = ToRequest(item, body);
        return (await SendAsync(request, Convert.ToHexStringLower(item.Sha256.Span), body, watch, cancellationToken).ConfigureAwait(false)).Result;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A PutObject whose headers announce another body than follows, in both ways that S3 checks (Content-MD5, and the signed
    /// hash). An identity without write access is refused when the headers are checked. An identity with write access is refused
    /// after the body was read, and nothing is stored. A store that checks neither keeps an object of one byte, always under the
    /// same key; it counts as writable only if it shows the mark of this probe.
    /// </remarks>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        using var watch = new StallWatch(_clock, cancellationToken);
        using var body = new WatchedBody(new MemoryStream(S3Probe.Body, writable: false), S3Probe.Body.Length, watch);
        var request = Configured(new PutObjectRequest { Key = _settings.ProbePrefix + S3Probe.Name, InputStream = body, MD5Digest = S3Probe.OtherMd5 });
        var mark = Guid.NewGuid().ToString("N");
        request.Metadata.Add(S3Probe.Mark, mark);
        var answer = await SendAsync(request, S3Probe.OtherSha256, body, watch, cancellationToken).ConfigureAwait(false);
        if (answer.IsBodyRefused)
            return PutResult.Stored;
        if (answer.Result.Status != PutStatus.Stored)
            return answer.Result;
        return await LookAsync(request.Key, S3Probe.Mark, mark, cancellationToken).ConfigureAwait(false) == Sight.Ours
            ? PutResult.Stored with { Message = $"the store ignores digests: an object {request.Key} stays there" }
            : new PutResult(
                PutStatus.Unavailable,
                $"the server accepted a body with wrong digests, and no object {request.Key} is visible there: the server is not S3, or it ignores digests and the identity lacks s3:GetObject; check store.endpoint and store.proxy");
    }

    public Task<Sight> LookAsync(ObjectToPut item, CancellationToken cancellationToken) =>
        LookAsync(item.Key, "sha256", Convert.ToHexStringLower(item.Sha256.Span), cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        _identity.Dispose();
        _local.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<S3Answer> SendAsync(PutObjectRequest request, string sha256, WatchedBody body, StallWatch watch, CancellationToken cancellation)
    {
        if (_place.Problem.Length > 0)
            return new S3Answer(new PutResult(PutStatus.Unavailable, _place.Problem));

        AwsKeys keys;
        try
        {
            keys = await _identity.GetAsync(cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            return new S3Answer(new PutResult(e.IsUnavailable ? PutStatus.Unavailable : PutStatus.Unauthorized, e.Message));
        }

        var attempt = new S3Attempt { Keys = keys, Bucket = _settings.Bucket, Now = _storesClock.UtcNow, Sha256 = sha256 };
        var failure = await SendAsync(request, attempt, body, watch, cancellation).ConfigureAwait(false);
        _storesClock.Learn(attempt.Date);
        var answer = S3Answer.Of(failure, attempt, request.IfNoneMatch is not null);
        if (answer.Result.Status == PutStatus.Unauthorized)
            _identity.Drop(attempt.Keys);
        return answer;
    }

    /// <summary>
    /// Whether the object of that key has this metadata, if we are allowed to check. An identity that may only write is refused,
    /// which says nothing about the credentials.
    /// </summary>
    private async Task<Sight> LookAsync(string key, string name, string value, CancellationToken cancellation)
    {
        if (_place.Problem.Length > 0)
            return Sight.Unanswered;

        try
        {
            var keys = await _identity.GetAsync(cancellation).ConfigureAwait(false);
            var attempt = S3Attempt.Current = new S3Attempt { Method = HttpMethod.Head, Keys = keys, Bucket = _settings.Bucket, Now = _storesClock.UtcNow, Sha256 = S3Probe.EmptySha256 };
            try
            {
                await _client.Value.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _settings.Bucket, Key = key }, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when ((S3Answer.IsPassing(e) || e is FormatException or ArgumentException) && !cancellation.IsCancellationRequested)
            {
                // The answer decides; the SDK's exception adds nothing.
            }

            return attempt.Answer is { } seen ? Sighting.Of(seen, seen.Header($"x-amz-meta-{name}") == value) : Sight.Unanswered;
        }
        catch (CredentialException)
        {
            return Sight.Unanswered;
        }
    }

    /// <summary>Null if the SDK had no exception, else the trouble between here and the store. Local trouble is thrown.</summary>
    private async Task<Exception?> SendAsync(PutObjectRequest request, S3Attempt attempt, WatchedBody body, StallWatch watch, CancellationToken cancellation)
    {
        S3Attempt.Current = attempt;

        // Fetching keys may have taken a while.
        watch.Progress();
        try
        {
            await _client.Value.PutObjectAsync(request, watch.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            cancellation.ThrowIfCancellationRequested();
            if (body.Failure is { } unreadable)
                throw new IOException($"the body could not be read: {unreadable.Message}", unreadable);
            if (watch.IsStalled)
                return new TimeoutException();

            // When the name or the endpoint cannot become a URL, the SDK throws one of these two before it sends anything.
            if (S3Answer.IsPassing(e) || (attempt.Asked is null && e is FormatException or ArgumentException))
                return e;
            throw;
        }
    }

    private PutObjectRequest ToRequest(ObjectToPut item, WatchedBody body)
    {
        var request = Configured(new PutObjectRequest { Key = item.Key, InputStream = body, ContentType = item.ContentType });
        request.IfNoneMatch = item.OnlyIfAbsent ? "*" : null;
        foreach (var (name, value) in item.Metadata)
        {
            request.Metadata.Add(name, value);
        }

        // Buckets with Object Lock require one. Some other stores refuse the header; for them the signed hash is enough.
        request.ChecksumSHA256 = _place.IsAmazon ? Convert.ToBase64String(item.Sha256.Span) : null;
        return request;
    }

    private PutObjectRequest Configured(PutObjectRequest request)
    {
        request.BucketName = _settings.Bucket;
        request.AutoCloseStream = false;
        request.UseChunkEncoding = false;
        request.DisableDefaultChecksumValidation = true;
        request.Headers.ContentLength = request.InputStream.Length;
        request.StorageClass = _settings.StorageClass.Length > 0 ? new S3StorageClass(_settings.StorageClass) : null;
        request.ServerSideEncryptionMethod = _settings.ServerSideEncryption.Length > 0 ? new ServerSideEncryptionMethod(_settings.ServerSideEncryption) : null;
        request.ServerSideEncryptionKeyManagementServiceKeyId = _settings.KmsKeyId.Length > 0 ? _settings.KmsKeyId : null;
        request.CannedACL = _settings.Acl.Length > 0 ? new S3CannedACL(_settings.Acl) : null;

        // The SDK would send an empty set, which needs s3:PutObjectTagging.
        request.TagSet = _settings.Tags.Count > 0 ? [.. _settings.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })] : null;
        return request;
    }
}
