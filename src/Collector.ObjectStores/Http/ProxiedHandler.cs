namespace Collector.ObjectStores.Http;

/// <summary>
/// Tells a proxy's troubles as the proxy's, where the runtime tells them as the store's, and sends nothing where the setting of the
/// proxy is wrong.
/// </summary>
/// <param name="inner">Sends through the same proxy.</param>
/// <param name="proxyOf">The proxy for a URL; null: none.</param>
internal sealed class ProxiedHandler(HttpMessageHandler inner, Func<Uri, ProxySetting?> proxyOf) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { } uri || proxyOf(uri) is not { } proxy)
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (proxy.Problem.Length > 0)
            throw new ProxyException(proxy.Problem);

        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.NameResolutionError)
        {
            throw new ProxyException($"the name of the proxy {proxy} does not resolve: {HttpFailures.Innermost(e)}; correct {proxy.Name}, or check the cluster's DNS");
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            throw new ProxyException($"no connection to the proxy {proxy}: {HttpFailures.Innermost(e)}; correct {proxy.Name}, or check that the proxy runs and network policies allow it");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProxyException($"the proxy {proxy} gives no connection to {uri.Authority} in time; check that it runs and reaches the store, and network policies");
        }
    }
}

/// <summary>
/// A request failed at its proxy. The message is complete, and without an inner exception: some of the libraries above show the
/// innermost message alone.
/// </summary>
internal sealed class ProxyException(string message) : HttpRequestException(HttpRequestError.ConnectionError, message);
