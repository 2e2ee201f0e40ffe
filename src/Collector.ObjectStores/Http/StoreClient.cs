using System.Net;
using System.Runtime.ExceptionServices;
using Collector.ObjectStores.Credentials;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Sends a request, once (I13), and says how it ended: an answer, or that there was none. What is thrown is a cancellation, or
/// a body that cannot be read.
/// </summary>
internal sealed class StoreClient(HttpStoreSettings settings, TimeProvider clock) : IDisposable
{
    private readonly AskFirst _askFirst = new();
    private readonly HttpMessageInvoker _http = new(HttpTransport.Create(settings.CaFile, settings.Proxy));

    /// <summary>The store's time, learned from its answers.</summary>
    public ServerClock ServerClock { get; } = new(clock);

    public async Task<StoreAnswer> SendAsync(HttpRequestMessage request, RequestAuthorization authorization, CancellationToken cancellation)
    {
        try
        {
            await authorization.ApplyAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (CredentialException e)
        {
            return StoreAnswer.None(e.IsUnavailable ? PutStatus.Unavailable : PutStatus.Unauthorized, e.Message);
        }

        return await SendAuthorizedAsync(request, authorization, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private async Task<StoreAnswer> SendAuthorizedAsync(HttpRequestMessage request, RequestAuthorization authorization, CancellationToken cancellation)
    {
        var body = request.Content as BodyContent;
        using var watch = new StallWatch(clock, cancellation);
        try
        {
            Prepare(request, body, watch);
            using var response = await _http.SendAsync(request, watch.Token).ConfigureAwait(false);
            ServerClock.Learn(response.Headers.Date);
            _askFirst.Answered(response.StatusCode);

            // Who may only write is not let look, and that says nothing of the credentials.
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && request.Method != HttpMethod.Head && request.Method != HttpMethod.Get)
                authorization.Refused(request);
            return await StoreAnswer.ReadAsync(response, clock.GetUtcNow(), cancellation).ConfigureAwait(false);
        }
        catch (Exception) when (body?.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
        catch (HttpRequestException e)
        {
            return StoreAnswer.None(PutStatus.Unavailable, HttpFailures.Words(e, request.RequestUri!));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return StoreAnswer.None(PutStatus.Unavailable, watch.IsStalled
                ? HttpFailures.Stalled(request.RequestUri!)
                : HttpFailures.NoConnection(request.RequestUri!));
        }
    }

    private void Prepare(HttpRequestMessage request, BodyContent? body, StallWatch watch)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", "collector");
        if (body is null)
        {
            watch.Stop();
            return;
        }

        body.Watch = watch;
        request.Headers.ExpectContinue = _askFirst.For(body.Headers.ContentLength);
    }
}
