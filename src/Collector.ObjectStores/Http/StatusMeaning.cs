using System.Net;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// What a status means by itself (RFC 9110 §15), for all stores alike; a store's own codes go before. Only the store can reject
/// an object, for what it is: all else is of the way to it, and back-pressure (I5). "Stored" and "already there" are never said
/// by a status alone (I13).
/// </summary>
internal static class StatusMeaning
{
    /// <param name="answer">One that the store's own codes did not decide.</param>
    /// <param name="onlyIfAbsent">Whether the request had a condition.</param>
    /// <param name="isNamed">The answer has an error code of the store.</param>
    public static PutStatus Of(StoreAnswer answer, bool onlyIfAbsent, bool isNamed) => answer.Status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => PutStatus.Unauthorized,
        HttpStatusCode.TooManyRequests => PutStatus.Throttled,

        // One that is overloaded and says for how long is slowed down for.
        HttpStatusCode.ServiceUnavailable when answer.RetryAfter is not null => PutStatus.Throttled,
        HttpStatusCode.NotImplemented when onlyIfAbsent && !answer.IsPage => PutStatus.ConditionUnsupported,

        // Without a word it may be the store's; in other words than its own it is a proxy's or a gateway's.
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity when isNamed || answer.Body.IsBlank => PutStatus.Rejected,

        // 5xx; redirects, which are not followed; a success that is not the store's; and all other 4xx, which are about the
        // account, the bucket, the endpoint, a proxy, its limits, the connection, or our asking first.
        _ => PutStatus.Unavailable,
    };

    /// <summary>What to do about a status that no store's own code explains; empty when there is nothing to say.</summary>
    public static string Remedy(StoreAnswer answer) => answer.Status switch
    {
        HttpStatusCode.ProxyAuthenticationRequired => "correct store.proxy",
        HttpStatusCode.ExpectationFailed => "asked without Expect from now on",
        HttpStatusCode.RequestEntityTooLarge => "something on the way takes no body of this size: raise its limit, or lower batch.maxSize",
        _ when answer.IsSuccess => "that is not how this store says that an object is stored: a proxy, a portal or another service answers; look at store.endpoint and store.proxy",
        HttpStatusCode.PreconditionFailed or HttpStatusCode.NotModified =>
            "that is not how this store says that an object is already there: a policy, a lock, or something on the way answers",
        _ => "",
    };
}
