namespace Collector.ObjectStores.Http;

/// <summary>The pause that a store requests (RFC 9110 §10.2.3).</summary>
internal static class RetryAfter
{
    /// <summary>Null when it requests none. A date counts from the store's own time, because our clock may be wrong.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date - (response.Headers.Date ?? now));
        return wait > TimeSpan.Zero ? wait : null;
    }
}
