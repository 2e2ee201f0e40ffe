using System.Net;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The meaning of a status (RFC 9110 §15), the same for all stores; a store's own codes have precedence. Only the store can reject
/// an object for its content; everything else is trouble on the way, and back-pressure (I5). A status alone never means "stored" or
/// "already there" (I13).
/// </summary>
internal static class StatusMeaning
{
    /// <param name="answer">One that the store's own codes did not decide.</param>
    /// <param name="onlyIfAbsent">Whether the request was conditional.</param>
    /// <param name="isNamed">The answer has an error code of the store.</param>
    public static PutStatus Of(StoreAnswer answer, bool onlyIfAbsent, bool isNamed) => answer.Status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => PutStatus.Unauthorized,
        HttpStatusCode.TooManyRequests => PutStatus.Throttled,

        // An overloaded store that states a pause is slowed down for.
        HttpStatusCode.ServiceUnavailable when answer.RetryAfter is not null => PutStatus.Throttled,
        HttpStatusCode.NotImplemented when onlyIfAbsent && !answer.IsPage => PutStatus.ConditionUnsupported,

        // An answer without text may be the store's; one with other text than the store's is a proxy's or a gateway's.
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity when isNamed || answer.Body.IsBlank => PutStatus.Rejected,

        // 5xx; redirects, which are not followed; a success that is not the store's; and all other 4xx, which concern the account,
        // the bucket, the endpoint, a proxy, its limits, the connection, or `Expect`.
        _ => PutStatus.Unavailable,
    };

    /// <summary>The fix for a status without a code of the store; empty if there is none.</summary>
    public static string Remedy(StoreAnswer answer) => answer.Status switch
    {
        HttpStatusCode.ProxyAuthenticationRequired => "correct store.proxy",
        HttpStatusCode.ExpectationFailed => "asked without Expect from now on",
        HttpStatusCode.RequestEntityTooLarge => "a proxy on the way refuses a body of this size: raise its limit, or lower batch.maxSize",
        _ when answer.IsSuccess => "this store never confirms an object in this way, so a proxy, a portal or another service has answered; check store.endpoint and store.proxy",
        HttpStatusCode.PreconditionFailed or HttpStatusCode.NotModified =>
            "this store never reports an existing object in this way, so a policy, a lock or a proxy on the way has answered",
        >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest => $"the server redirects{To(answer)}, and redirects are not followed: correct store.endpoint, or ask who runs the proxy on the way",
        _ => "",
    };

    /// <summary>Where to, without the path and the query, which may have a signature.</summary>
    private static string To(StoreAnswer answer) =>
        answer.RedirectsTo is { IsAbsoluteUri: true, Host.Length: > 0 } target ? $" to {target.Scheme}://{target.IdnHost}{(target.IsDefaultPort ? "" : $":{target.Port}")}" : "";
}
