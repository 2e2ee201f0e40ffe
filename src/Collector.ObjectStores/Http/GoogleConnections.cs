using Google.Apis.Http;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Gives Google's libraries our connections and takes all decisions from them: no retry, no redirects, no deadline (callers have
/// their own), and no compressed answers, which we could not read.
/// </summary>
/// <param name="connections">Not disposed with the clients.</param>
internal sealed class GoogleConnections(HttpMessageHandler connections) : Google.Apis.Http.IHttpClientFactory
{
    private readonly HttpClientFromMessageHandlerFactory _clients =
        new(_ => new HttpClientFromMessageHandlerFactory.ConfiguredHttpMessageHandler(connections, performsAutomaticDecompression: false, handlesRedirect: false));

    public ConfigurableHttpClient CreateHttpClient(CreateHttpClientArgs args)
    {
        args.GZipEnabled = false;
        var client = _clients.CreateHttpClient(args);
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.MessageHandler.NumTries = 1;
        client.MessageHandler.FollowRedirect = false;
        client.MessageHandler.IsLoggingEnabled = false;
        return client;
    }
}
