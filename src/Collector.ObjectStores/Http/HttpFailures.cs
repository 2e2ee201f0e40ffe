namespace Collector.ObjectStores.Http;

/// <summary>Words for requests that got no answer, with what to look at. They name the host, never the query: it may hold a signature.</summary>
internal static class HttpFailures
{
    public static string Words(HttpRequestException failure, Uri uri) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"the name {uri.Host} does not resolve: {Innermost(failure)}; check endpoint and the cluster's DNS",
        HttpRequestError.ConnectionError => $"no connection to {uri.Authority}: {Innermost(failure)}; check endpoint, network policy and proxy",
        HttpRequestError.SecureConnectionError => $"TLS with {uri.Authority} failed: {Innermost(failure)}",
        HttpRequestError.ProxyTunnelError => $"the proxy gives no tunnel to {uri.Authority}: {Innermost(failure)}",
        _ => $"the request to {uri.Authority} broke off: {Innermost(failure)}",
    };

    public static string NoConnection(Uri uri) => $"no connection to {uri.Authority} in time; check endpoint, network policy and proxy";

    public static string Stalled(Uri uri) => $"{uri.Host} has accepted no byte for {StallWatch.Limit.TotalSeconds} s";

    private static string Innermost(Exception failure)
    {
        var inner = failure;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }

        return ServerWords.FirstLine(inner.Message);
    }
}
