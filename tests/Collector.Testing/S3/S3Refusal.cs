namespace Collector.Testing.S3;

/// <summary>An error response of S3: its status, its code and the words that go with it ("Error responses" in its API Reference).</summary>
internal sealed record S3Refusal(int Status, string Code, string Message)
{
    public static S3Refusal SlowDown { get; } = new(503, "SlowDown", "Please reduce your request rate.");

    public static S3Refusal Unavailable { get; } = new(503, "ServiceUnavailable", "Service is unable to handle request.");

    public static S3Refusal InternalError { get; } = new(500, "InternalError", "An internal error occurred. Try again.");

    public static S3Refusal ExpiredToken { get; } = new(403, "ExpiredToken", "The provided token has expired.");

    public static S3Refusal AccessDenied { get; } = new(403, "AccessDenied", "Access Denied");

    public static S3Refusal Conflict { get; } = new(409, "ConditionalRequestConflict", "A conflicting conditional operation is in progress against this resource.");

    public static S3Refusal InvalidRequest { get; } = new(400, "InvalidRequest", "The request is not valid.");

    public static S3Refusal PreconditionFailed { get; } = new(412, "PreconditionFailed", "At least one of the preconditions you specified did not hold.");

    public static S3Refusal NotAllowed { get; } = new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");

    public static S3Refusal NoLength { get; } = new(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");

    public static S3Refusal NoBucket { get; } = new(404, "NoSuchBucket", "The specified bucket does not exist.");

    public static S3Refusal UnknownKey { get; } = new(403, "InvalidAccessKeyId", "The access key ID that you provided does not exist in our records.");

    public static S3Refusal WrongSignature { get; } = new(403, "SignatureDoesNotMatch", "The request signature that the server calculated does not match the signature that you provided.");

    public static S3Refusal BadToken { get; } = new(400, "InvalidToken", "The provided token is malformed or otherwise not valid.");

    public static S3Refusal Skewed { get; } = new(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.");

    public static S3Refusal WrongHash { get; } = new(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");

    public static S3Refusal BadDigest { get; } = new(400, "BadDigest", "The Content-MD5 or checksum value that you specified did not match what the server received.");

    public static S3Refusal NotImplemented { get; } = new(501, "NotImplemented", "A header that you provided implies functionality that is not implemented.");

    public static S3Refusal Malformed { get; } = new(400, "AuthorizationHeaderMalformed", "The authorization header that you provided is not valid.");

    /// <summary>Null: that fault is no error response.</summary>
    public static S3Refusal? Of(S3Fault fault) => fault switch
    {
        S3Fault.SlowDown => SlowDown,
        S3Fault.Unavailable => Unavailable,
        S3Fault.ExpiredToken => ExpiredToken,
        S3Fault.AccessDenied => AccessDenied,
        S3Fault.Conflict => Conflict,
        S3Fault.Rejected => InvalidRequest,
        _ => null,
    };

    public string ToXml() => $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{Code}</Code><Message>{Message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
}
