namespace Collector.ObjectStores.Http;

/// <summary>
/// Messages for requests without an answer, with what to check. They name the host but never the query, which may hold a signature.
/// </summary>
internal static class HttpFailures
{
    /// <summary>In the runtime's message for an answer that is no TLS, such as that of a plain http server.</summary>
    private const string NoTls = "frame size";

    public static string Words(HttpRequestException failure, Uri uri) => failure.HttpRequestError switch
    {
        _ when failure is ProxyException => failure.Message,
        HttpRequestError.NameResolutionError => $"the name {uri.Host} does not resolve: {Innermost(failure)}; check endpoint and the cluster's DNS",
        HttpRequestError.ConnectionError => $"no connection to {uri.Authority}: {Innermost(failure)}; check endpoint, network policy and proxy",
        HttpRequestError.SecureConnectionError when Innermost(failure).Contains(NoTls, StringComparison.Ordinal) =>
            $"TLS with {uri.Authority} failed: the server does not speak TLS on that port; correct the port of endpoint, or write http:// if the store has no TLS",
        HttpRequestError.SecureConnectionError => $"TLS with {uri.Authority} failed: {Innermost(failure)}",
        HttpRequestError.ProxyTunnelError => $"the proxy refuses a tunnel to {uri.Authority}: {Innermost(failure)}",
        _ => $"the request to {uri.Authority} was cut off: {Innermost(failure)}",
    };

    public static string NoConnection(Uri uri) => $"no connection to {uri.Authority} in time; check endpoint, network policy and proxy";

    public static string Stalled(Uri uri) => $"{uri.Host} has accepted no byte for {StallWatch.Limit.TotalSeconds} s";

    /// <summary>The message behind all that wrap it.</summary>
    public static string Innermost(Exception failure)
    {
        var inner = failure;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }

        return ServerWords.FirstLine(inner.Message);
    }
}
