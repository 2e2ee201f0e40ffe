using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.S3;

/// <summary>
/// Translates the outcome of an attempt. Codes and statuses come from "Error responses" in the Amazon S3 API Reference, and from
/// stores that speak its protocol. Only S3's own answer to a put means stored (I13). Everything that does not judge the object
/// itself is back-pressure (I5).
/// </summary>
/// <param name="Result">For the uploader. Its message is the same for the same trouble, so that the log shows it once.</param>
/// <param name="IsBodyRefused">The store refuses the body, because it does not match the headers.</param>
internal readonly record struct S3Answer(PutResult Result, bool IsBodyRefused = false)
{
    private const string WrongRegion = "write the bucket's region as store.region";

    /// <summary>About the transfer, the bucket, its encryption key, or us: they do not judge the object.</summary>
    private static readonly Dictionary<string, string> Passing = new(StringComparer.Ordinal)
    {
        ["AccountProblem"] = "the account of the bucket has a problem",
        ["AuthorizationHeaderMalformed"] = WrongRegion,
        ["BadDigest"] = "the body was damaged on the way",
        ["IllegalLocationConstraintException"] = WrongRegion,
        ["IncompleteBody"] = "the body was damaged on the way",
        ["InvalidBucketName"] = "correct store.bucket",
        ["InvalidDigest"] = "the body was damaged on the way",
        ["InvalidBucketState"] = "",
        ["InvalidEncryptionAlgorithmError"] = "correct store.serverSideEncryption",
        ["InvalidStorageClass"] = "correct store.storageClass",
        ["InvalidTag"] = "correct store.tags",
        ["AccessControlListNotSupported"] = "the bucket does not allow ACLs: remove store.acl",
        ["MalformedACLError"] = "correct store.acl",
        ["NoSuchBucket"] = "create the bucket, or correct store.bucket",
        ["NoSuchUpload"] = "",
        ["RequestHeaderSectionTooLarge"] = "a proxy on the way changes the request's headers",
        ["RequestTimeTooSkewed"] = "the clocks differ; corrected by the store's Date header",
        ["RequestTimeout"] = "the connection was silent for too long",
        ["XAmzContentSHA256Mismatch"] = "the body was damaged on the way",
    };

    /// <summary>These codes are about credentials, with any status.</summary>
    private static readonly Dictionary<string, string> Refusing = new(StringComparer.Ordinal)
    {
        ["AccessDenied"] = "the identity needs s3:PutObject on the bucket's objects",
        ["AllAccessDisabled"] = "",
        ["ExpiredToken"] = "the credentials have expired",
        ["ExpiredTokenException"] = "the credentials have expired",
        ["InvalidAccessKeyId"] = "the access key does not exist",
        ["InvalidSecurity"] = "",
        ["InvalidToken"] = "the session token is not valid",
        ["InvalidClientTokenId"] = "the access key does not exist",
        ["NotSignedUp"] = "",
        ["SignatureDoesNotMatch"] = "the secret access key is wrong, or a proxy on the way changes requests",
        ["TokenRefreshRequired"] = "the credentials have expired",
        ["UnauthorizedAccess"] = "",
    };

    private static readonly string[] ThrottlingWords = ["SlowDown", "Throttl", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "ReducedRate"];

    /// <summary>Codes of several stores: full, or over a quota.</summary>
    private static readonly string[] FullWords = ["Quota", "StorageFull"];

    private static readonly string[] DamageCodes = ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "ContentSHA256Mismatch"];

    /// <summary>Another write of the same key is under way.</summary>
    private static readonly string[] ConflictCodes = ["ConditionalRequestConflict", "OperationAborted"];

    /// <summary>Whether this is trouble between us and the store, and not a bug of this program.</summary>
    public static bool IsPassing(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or SocketException or TimeoutException or OperationCanceledException;

    /// <param name="failure">The SDK's exception; null if it had none.</param>
    /// <param name="attempt">The transport's view, which decides.</param>
    /// <param name="isConditional">The request was to create only if absent.</param>
    public static S3Answer Of(Exception? failure, S3Attempt attempt, bool isConditional)
    {
        if (attempt.Answer is not { } answer)
            return new S3Answer(new PutResult(PutStatus.Unavailable, NoAnswer(failure, attempt)));
        if (answer.IsReceipt(HttpStatusCode.OK))
            return new S3Answer(PutResult.Stored);

        var error = XmlError.Of(answer.Body);
        var said = new Said(answer, error.Code, error.Message, attempt);
        return new S3Answer(
            Conditional(said, isConditional) ?? ByCode(said) ?? ByStatus(said, isConditional),
            answer.Status == HttpStatusCode.BadRequest && DamageCodes.Contains(error.Code, StringComparer.Ordinal));
    }

    private static PutResult? Conditional(Said said, bool isConditional) => (said.Answer.Status, said.Code) switch
    {
        (HttpStatusCode.PreconditionFailed, "PreconditionFailed") when isConditional => said.As(PutStatus.AlreadyThere),
        (HttpStatusCode.Conflict, _) when ConflictCodes.Contains(said.Code, StringComparer.Ordinal) => said.As(PutStatus.Conflict),
        (HttpStatusCode.BadRequest, { Length: > 0 }) when isConditional && said.Words.Contains("If-None-Match", StringComparison.OrdinalIgnoreCase) =>
            said.As(PutStatus.ConditionUnsupported),
        _ => null,
    };

    private static PutResult? ByCode(Said said)
    {
        if (Array.Exists(ThrottlingWords, word => said.Code.Contains(word, StringComparison.Ordinal)))
            return said.As(PutStatus.Throttled);
        if (said.Code.StartsWith("KMS.", StringComparison.Ordinal))
            return said.As(PutStatus.Unavailable, "check the state of the KMS key and its policy (kms:GenerateDataKey)");
        if (Array.Exists(FullWords, word => said.Code.Contains(word, StringComparison.Ordinal)))
            return said.As(PutStatus.Unavailable, "the store is full, or at its quota");
        if (Refusing.TryGetValue(said.Code, out var remedy))
            return said.As(PutStatus.Unauthorized, remedy);
        return Passing.TryGetValue(said.Code, out remedy) ? said.As(PutStatus.Unavailable, remedy) : null;
    }

    private static PutResult ByStatus(Said said, bool isConditional) =>
        said.As(StatusMeaning.Of(said.Answer, isConditional, said.Code.Length > 0), said.Answer.Status switch
        {
            HttpStatusCode.NotFound => "correct store.bucket and store.endpoint",
            HttpStatusCode.MethodNotAllowed => "correct store.endpoint",
            HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.Found or HttpStatusCode.PermanentRedirect =>
                WrongRegion + ", or its host as store.endpoint",
            _ => StatusMeaning.Remedy(said.Answer),
        });

    /// <summary>The SDK wraps the connection's exception.</summary>
    private static string NoAnswer(Exception? failure, S3Attempt attempt)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpRequestException said && attempt.Asked is { } uri)
                return HttpFailures.Words(said, uri) + (IsHostStyleUnknown(said, uri, attempt.Bucket) ? "; or write forcePathStyle: true" : "");
        }

        if (failure is TimeoutException && attempt.Asked is { } silent)
            return HttpFailures.Stalled(silent);
        if (attempt.Asked is null && failure is FormatException or ArgumentException)
            return $"store.bucket {attempt.Bucket} and store.endpoint do not make a valid address: {ServerWords.FirstLine(failure.Message)}; correct them, or write forcePathStyle: true";
        return $"no answer: {ServerWords.FirstLine(failure?.GetBaseException().Message ?? "")}";
    }

    /// <summary>DNS does not know the name with the bucket before it; it may know the endpoint's own name.</summary>
    private static bool IsHostStyleUnknown(HttpRequestException failure, Uri uri, string bucket) =>
        failure.HttpRequestError == HttpRequestError.NameResolutionError && uri.Host.StartsWith(bucket + ".", StringComparison.OrdinalIgnoreCase);

    private readonly record struct Said(StoreAnswer Answer, string Code, string Words, S3Attempt Attempt)
    {
        public PutResult As(PutStatus status, string remedy = "")
        {
            var said = string.Join(": ", new[] { $"{(int)Answer.Status} {Code}".TrimEnd(), Words.Length > 0 || Code.Length > 0 ? Words : Answer.Body.Words }.Where(part => part.Length > 0));
            var parts = new[] { said, Elsewhere(), remedy };
            return Answer.As(status, string.Join("; ", parts.Where(part => part.Length > 0)));
        }

        private string Elsewhere() =>
            (int)Answer.Status is < 300 or >= 400 && Code is not ("AuthorizationHeaderMalformed" or "IllegalLocationConstraintException") ? ""
            : Answer.Said("x-amz-bucket-region") is { Length: > 0 } region ? $"the bucket {Attempt.Bucket} is in {region}"
            : Attempt.Location.Length > 0 ? $"the bucket {Attempt.Bucket} is at {Attempt.Location}"
            : "";
    }
}
