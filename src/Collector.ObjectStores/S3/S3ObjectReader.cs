using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.Runtime.Internal.Util;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Reads a bucket by Amazon's SDK: ListObjectsV2 and GetObject, each one request. <c>auto</c> is the SDK's own chain (variables,
/// profiles and SSO, web identity, containers, the instance), because a reader is a person or a job. All other types are the
/// agent's.
/// </summary>
public sealed class S3ObjectReader : IObjectReader
{
    private readonly S3Settings _settings;
    private readonly S3Place _place;
    private readonly TokenClient _local;
    private readonly AwsIdentity? _identity;
    private readonly bool _isProfile;
    private readonly Lazy<AmazonS3Client> _client;

    /// <summary>Connects to nothing yet.</summary>
    public S3ObjectReader(S3Settings settings)
        : this(settings, Environment.GetEnvironmentVariable)
    {
    }

    internal S3ObjectReader(S3Settings settings, Func<string, string?> variable)
    {
        var environment = new AwsEnvironment(new Variables(variable));
        _settings = settings with { Region = RegionOf(settings, environment) };
        _place = S3Place.Of(_settings, environment);
        _local = new TokenClient(HttpTransport.CreateDirect(), TimeProvider.System);

        // A job's own role is asked for as the agent asks for it, with the store's authorities and proxy.
        var isWeb = environment is { AccessKeyId.Length: 0, TokenFile.Length: > 0, RoleArn.Length: > 0 };
        var isPersons = !isWeb && settings.Identity is { Type: AwsIdentityType.Auto, RoleArn: "", TokenFile: "", AssumeRole.RoleArn: "" };
        _identity = isPersons ? null : AwsIdentities.Create(settings.Identity, new AwsIdentityContext(environment, _place.Region, settings.CaFile, settings.Proxy, _local, TimeProvider.System));
        _isProfile = isPersons && environment.AccessKeyId.Length == 0;
        _client = new Lazy<AmazonS3Client>(Connect);
    }

    public string Description => $"s3://{_settings.Bucket}{(_place.Endpoint is { } endpoint ? $" at {endpoint.Scheme}://{endpoint.Authority}" : $" in {_place.Region}")}";

    public Task<ObjectPage> ListAsync(ObjectQuery query, CancellationToken cancellationToken) => AskAsync("s3:ListBucket on the bucket", async client =>
    {
        var page = await client.ListObjectsV2Async(
            new ListObjectsV2Request
            {
                BucketName = _settings.Bucket,
                Prefix = query.Prefix,
                Delimiter = query.IsByDirectory ? "/" : null,
                StartAfter = query.StartAfter.Length > 0 ? query.StartAfter : null,
                ContinuationToken = query.Continuation,
            },
            cancellationToken).ConfigureAwait(false);
        return new ObjectPage(
            [.. (page.S3Objects ?? []).Select(item => new StoredObject(item.Key, item.Size ?? 0, new DateTimeOffset((item.LastModified ?? DateTime.UnixEpoch).ToUniversalTime())))],
            page.CommonPrefixes ?? [],
            page.IsTruncated == true ? page.NextContinuationToken : null);
    });

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => AskAsync("s3:GetObject on the bucket's objects", async client =>
    {
        try
        {
            var request = new GetObjectRequest { BucketName = _settings.Bucket, Key = key, ByteRange = offset > 0 ? new ByteRange($"bytes={offset}-") : null };
            var answer = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);

            // Not the SDK's wrapper stream, which takes each ETag of 32 hexadecimal digits for the MD5 of the body; stores that
            // encrypt or assemble objects have other ETags. The object's own format and the catalog's checksum find alterations.
            answer.ResponseStream = WrapperStream.GetNonWrapperBaseStream(answer.ResponseStream);
            var body = new StoreBody(answer.ResponseStream, answer.ContentLength, key, answer);
            return offset > 0 && answer.HttpStatusCode != HttpStatusCode.PartialContent ? await SkipAsync(body, offset, cancellationToken).ConfigureAwait(false) : body;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return Stream.Null;
        }
    });

    public ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        _identity?.Dispose();
        _local.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A store without range support has sent the whole object.</summary>
    private static async Task<Stream> SkipAsync(Stream body, long offset, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (offset > 0)
        {
            var got = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, offset)), cancellation).ConfigureAwait(false);
            offset = got == 0 ? 0 : offset - got;
        }

        return body;
    }

    /// <summary>The configured region, else the variables', else the profile's.</summary>
    private static string RegionOf(S3Settings settings, AwsEnvironment environment) =>
        settings.Region.Length > 0 || environment.Region.Length > 0 || settings.Endpoint.Length > 0 || environment.S3Endpoint.Length > 0
            ? settings.Region
            : FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName ?? "";

    private AmazonS3Client Connect()
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = _place.IsPathStyle,
            MaxErrorRetry = 0,
            IgnoreConfiguredEndpointUrls = true,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientCacheSize = 1,
            HttpClientFactory = new SdkConnections(() => HttpTransport.Create(_settings.CaFile, _settings.Proxy)),
        };
        if (_place.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri.TrimEnd('/');
            config.AuthenticationRegion = _place.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(_place.Region);
        }

        var identity = _isProfile ? ProfileIdentity.Find(_place.Region) : _identity;
        return identity is null ? new AmazonS3Client(config) : new AmazonS3Client(new IdentityCredentials(identity), config);
    }

    private async Task<T> AskAsync<T>(string permission, Func<AmazonS3Client, Task<T>> ask)
    {
        if (_place.Problem.Length > 0)
            throw new StoreReadException(ReadTrouble.Invalid, _place.Problem);

        try
        {
            return await ask(_client.Value).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            throw new StoreReadException(e.IsUnavailable ? ReadTrouble.Unavailable : ReadTrouble.Refused, e.Message, e);
        }
        catch (AmazonServiceException e) when ((int)e.StatusCode != 0)
        {
            throw Told(e, permission);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException)
        {
            throw new StoreReadException(ReadTrouble.Unavailable, e is HttpRequestException http ? HttpFailures.Words(http, Address) : e.Message, e);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or ArgumentException or FormatException)
        {
            throw Untold(e);
        }
    }

    private Uri Address => _place.Endpoint ?? new Uri($"https://s3.{_place.Region}.amazonaws.com");

    /// <summary>The store answered with an error.</summary>
    private StoreReadException Told(AmazonServiceException e, string permission)
    {
        var said = $"{_settings.Bucket}: {(int)e.StatusCode} {e.ErrorCode}: {ServerWords.FirstLine(e.Message)}";
        var elsewhere = e.ErrorCode is "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" ? "; give the bucket's own region (region=)" : "";
        return e.StatusCode switch
        {
            _ when e.ErrorCode is "SlowDown" or "Throttling" or "RequestLimitExceeded" || (int)e.StatusCode == 429 => new(ReadTrouble.Throttled, said, e),
            _ when e.ErrorCode is "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" or "InvalidToken" =>
                new(ReadTrouble.Refused, $"{said}; the credentials have expired: get new ones", e),
            _ when e.ErrorCode is "AccessDenied" or "AllAccessDisabled" => new(ReadTrouble.Refused, $"{said}; the identity needs {permission} ({_settings.Bucket})", e),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(ReadTrouble.Refused, $"{said}; the identity needs {permission} ({_settings.Bucket})", e),
            HttpStatusCode.NotFound => new(ReadTrouble.NotFound, said, e),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict => new(ReadTrouble.Unavailable, said, e),
            _ when (int)e.StatusCode >= 500 => new(e.StatusCode == HttpStatusCode.ServiceUnavailable ? ReadTrouble.Throttled : ReadTrouble.Unavailable, said, e),
            _ => new(ReadTrouble.Invalid, said + elsewhere, e),
        };
    }

    /// <summary>There was no answer: no connection, or no credentials.</summary>
    private StoreReadException Untold(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpRequestException http)
                return new StoreReadException(ReadTrouble.Unavailable, HttpFailures.Words(http, Address), e);
        }

        return e is AmazonServiceException or ArgumentException or FormatException
            ? new StoreReadException(e is AmazonServiceException ? ReadTrouble.Unavailable : ReadTrouble.Invalid, ServerWords.FirstLine(e.Message), e)
            : new StoreReadException(ReadTrouble.Refused, $"no credentials for {Description}: {WhyNone(e)}; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (aws configure export-credentials --format env prints them for any profile)", e);
    }

    /// <summary>The SDK's first line announces a list of all its providers, which says nothing to a person who has none.</summary>
    private static string WhyNone(Exception e) =>
        e.Message.StartsWith("Failed to resolve AWS credentials", StringComparison.Ordinal)
            ? "neither variables nor a profile, a web identity, a container or the instance give any"
            : ServerWords.FirstLine(e.Message);

    /// <summary>The agent's identities, and a person's profile, in the SDK's form.</summary>
    private sealed class IdentityCredentials(AwsIdentity identity) : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => GetCredentialsAsync().GetAwaiter().GetResult();

        public override async Task<ImmutableCredentials> GetCredentialsAsync()
        {
            var keys = await identity.GetAsync(CancellationToken.None).ConfigureAwait(false);
            return new ImmutableCredentials(keys.AccessKeyId, keys.Secret, keys.Token.Length > 0 ? keys.Token : null);
        }
    }
}
