namespace Collector.ObjectStores.Credentials;

/// <summary>An HTTP service of the node that gives out keys. No proxy may come between, and it answers at once or not at all.</summary>
internal sealed class NodeEndpoint(string name) : IDisposable
{
    /// <summary>It is on this machine, or on the one below.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = Timeout };

    /// <summary>The answer's body. Throws <see cref="CredentialException"/> with <paramref name="help"/> when it refuses or does not answer.</summary>
    public async Task<string> AskAsync(HttpMethod method, Uri uri, (string Name, string Value) header, string help, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        try
        {
            using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return response.IsSuccessStatusCode
                ? text
                : throw new CredentialException($"{name} {uri} answers {status}; {help}") { IsUnavailable = status is 429 or >= 500 };
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new CredentialException($"{name} {uri} does not answer: {e.GetBaseException().Message}; {help}", e) { IsUnavailable = true };
        }
    }

    public void Dispose() => _http.Dispose();
}
