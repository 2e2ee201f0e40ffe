using System.Net;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// What a status means by itself (RFC 9110 §15), for all stores alike; a store's own codes go before. Only what judges the object
/// is a rejection: all else is back-pressure (I5).
/// </summary>
internal static class StatusMeaning
{
    /// <param name="status">Of an answer that is no success.</param>
    /// <param name="onlyIfAbsent">Whether the request had a condition.</param>
    /// <param name="retryAfter">What the store asked us to wait: one that is overloaded and says so is slowed down for.</param>
    public static PutStatus Of(HttpStatusCode status, bool onlyIfAbsent, TimeSpan? retryAfter) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => PutStatus.Unauthorized,
        HttpStatusCode.TooManyRequests => PutStatus.Throttled,
        HttpStatusCode.ServiceUnavailable => retryAfter is null ? PutStatus.Unavailable : PutStatus.Throttled,
        HttpStatusCode.NotImplemented when onlyIfAbsent => PutStatus.ConditionUnsupported,

        // About the account, the bucket, the endpoint, the proxy, the connection, or our asking first.
        HttpStatusCode.PaymentRequired or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.ProxyAuthenticationRequired
            or HttpStatusCode.RequestTimeout or HttpStatusCode.Gone or HttpStatusCode.ExpectationFailed or HttpStatusCode.MisdirectedRequest
            or HttpStatusCode.Locked => PutStatus.Unavailable,
        >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => PutStatus.Rejected,

        // 5xx, and redirects, which are not followed.
        _ => PutStatus.Unavailable,
    };
}
