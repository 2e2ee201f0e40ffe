using Amazon.S3;
using Amazon.S3.Model;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Objects in Amazon S3, or in a store that speaks its protocol: one PutObject each, streamed, signed with the hash that was
/// made when the object was sealed. Nothing but <c>s3:PutObject</c> is needed.
/// </summary>
public sealed class S3ObjectStore : IObjectStore
{
    private readonly S3Options _options;
    private readonly S3Place _place;
    private readonly AwsIdentity _identity;
    private readonly StoreClock _clock;
    private readonly TimeProvider _time;
    private readonly Lazy<S3Client> _client;

    /// <summary>Nothing is contacted yet.</summary>
    /// <param name="options">What was configured.</param>
    /// <param name="time">The clock; signatures are dated by it, corrected by what the store says.</param>
    /// <param name="environment">Looks up a variable of the environment; null when it is not set.</param>
    public S3ObjectStore(S3Options options, TimeProvider time, Func<string, string?> environment)
    {
        _options = options;
        _time = time;
        var variables = new AwsEnvironment(environment);
        _place = S3Place.Of(options, variables);
        _clock = new StoreClock(time);
        _identity = AwsIdentities.Create(options.Authentication, new AwsIdentityContext(variables, _place.Region, options.CaFile, options.Proxy, time));
        _client = new Lazy<S3Client>(() => new S3Client(_options, _place));
    }

    public string Description
    {
        get
        {
            var where = _place.Endpoint is { } endpoint ? $" at {endpoint.GetLeftPart(UriPartial.Authority)}" : $" in {_place.Region}";
            return $"s3://{_options.Bucket}{where} as {_identity.Description}";
        }
    }

    public DateTimeOffset? CredentialExpiry => _identity.Expiry;

    public async Task<PutResult> PutAsync(ObjectToPut item, CancellationToken cancellationToken)
    {
        using var body = new WatchedBody(item.OpenBody(), item.Length, _options.StallAfter, _time);
        var request = ToRequest(item, body);
        return await SendAsync(request, Convert.ToHexStringLower(item.Sha256.Span), body, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A PutObject whose headers promise another body than follows, in both ways that S3 checks (Content-MD5, and the hash that
    /// the signature covers). Who may not write is told so when the headers are judged; who may is refused for the body, after
    /// it was read, and nothing is stored. A store that checks neither keeps an object of one byte, always the same one.
    /// </remarks>
    public async Task<PutResult> ProbeAsync(CancellationToken cancellationToken)
    {
        using var body = new WatchedBody(new MemoryStream(S3Probe.Body, writable: false), S3Probe.Body.Length, _options.StallAfter, _time);
        var request = Configured(new PutObjectRequest { Key = _options.ProbePrefix + S3Probe.Name, InputStream = body, MD5Digest = S3Probe.OtherMd5 });
        return await SendAsync(request, S3Probe.OtherSha256, body, cancellationToken, isProbe: true).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        _identity.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<PutResult> SendAsync(PutObjectRequest request, string sha256, WatchedBody body, CancellationToken cancellation, bool isProbe = false)
    {
        if (_place.Region.Length == 0)
            return new PutResult(PutStatus.Unavailable, "no region: write store.region, or set AWS_REGION");

        AwsKeys keys;
        try
        {
            keys = await _identity.GetAsync(cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            return new PutResult(e.IsUnavailable ? PutStatus.Unavailable : PutStatus.Unauthorized, e.Message);
        }

        var attempt = new S3Attempt { Keys = keys, Now = _clock.Now, Sha256 = sha256 };
        var failure = await SendAsync(request, attempt, body, cancellation).ConfigureAwait(false);
        if (failure is null)
            return PutResult.Stored;

        var answer = S3Answer.Of(failure, attempt, request.IfNoneMatch is not null);
        if (answer.IsProbeRefusal && isProbe)
            return PutResult.Stored;
        if (answer.IsSkewed && attempt.Date is { } date)
        {
            _clock.Correct(date);
        }

        if (answer.Result.Status == PutStatus.Unauthorized)
        {
            _identity.Drop(keys);
        }

        return answer.Result;
    }

    /// <summary>Null when it was stored, else what went wrong between here and the store. What went wrong here is thrown.</summary>
    private async Task<Exception?> SendAsync(PutObjectRequest request, S3Attempt attempt, WatchedBody body, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, body.Stalled);
        S3Attempt.Current = attempt;
        try
        {
            await _client.Value.PutObjectAsync(request, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            cancellation.ThrowIfCancellationRequested();
            if (body.Failure is { } unreadable)
                throw new IOException($"the body could not be read: {unreadable.Message}", unreadable);
            if (body.Stalled.IsCancellationRequested)
                return new TimeoutException($"the store took no more bytes for {_options.StallAfter.TotalSeconds} s");
            if (S3Answer.IsPassing(e))
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

        // Buckets with Object Lock ask for one. Some other stores refuse the header; the hash in the signature covers them.
        request.ChecksumSHA256 = _place.IsAmazon ? Convert.ToBase64String(item.Sha256.Span) : null;
        return request;
    }

    private PutObjectRequest Configured(PutObjectRequest request)
    {
        request.BucketName = _options.Bucket;
        request.AutoCloseStream = false;
        request.UseChunkEncoding = false;
        request.DisableDefaultChecksumValidation = true;
        request.Headers.ContentLength = request.InputStream.Length;
        request.StorageClass = _options.StorageClass.Length > 0 ? new S3StorageClass(_options.StorageClass) : null;
        request.ServerSideEncryptionMethod = _options.ServerSideEncryption.Length > 0 ? new ServerSideEncryptionMethod(_options.ServerSideEncryption) : null;
        request.ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKeyId.Length > 0 ? _options.KmsKeyId : null;
        request.CannedACL = _options.Acl.Length > 0 ? new S3CannedACL(_options.Acl) : null;
        request.TagSet = [.. _options.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];
        return request;
    }
}
