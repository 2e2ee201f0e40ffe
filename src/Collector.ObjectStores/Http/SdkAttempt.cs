using System.Net;
using System.Runtime.ExceptionServices;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Runs beneath an SDK: only requests of the attempt are sent, and to the store alone, whatever the SDK would do about challenges,
/// time-outs or other hosts (I13). The answer is read here, with a limit, and decides; the SDK gets a copy.
/// </summary>
/// <param name="connections">To the store.</param>
/// <param name="watch">Watches the body, if there is one.</param>
internal abstract class SdkAttempt(StoreConnections connections, StallWatch watch) : HttpMessageHandler
{
    /// <summary>Where the last request went; null before there was one.</summary>
    public Uri? Asked { get; private set; }

    /// <summary>The answer to the last request; null if there was none.</summary>
    public StoreAnswer? Answer { get; private set; }

    /// <summary>The connection's failure, if there was no answer.</summary>
    public HttpRequestException? Failure { get; private set; }

    /// <summary>The token that the store refused for this request; else null.</summary>
    public string? RefusedToken { get; private set; }

    /// <summary>Returns how the attempt ended: an answer, or none. Throws for a cancellation or an unreadable body only.</summary>
    /// <param name="call">The SDK's call over this handler.</param>
    /// <param name="body">The body that it sends; null if it sends none.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public async Task<StoreAnswer> RunAsync(Func<Task> call, WatchedBody? body, CancellationToken cancellation)
    {
        // Fetching credentials may have taken a while.
        if (body is null)
            watch.Stop();
        else
            watch.Progress();
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception) when (body?.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
        catch (Exception e) when (Answer is not null && e is not OperationCanceledException)
        {
            // The answer decides; the SDK's exception adds nothing.
        }
        catch (Exception) when (this is { Failure: { } failure, Asked: { } asked })
        {
            return StoreAnswer.None(PutStatus.Unavailable, HttpFailures.Words(failure, asked));
        }
        catch (OperationCanceledException) when (Asked is { } asked && !cancellation.IsCancellationRequested)
        {
            return StoreAnswer.None(PutStatus.Unavailable, watch.IsStalled ? HttpFailures.Stalled(asked) : HttpFailures.NoConnection(asked));
        }

        return Answer ?? throw new InvalidOperationException("the SDK has sent nothing");
    }

    /// <summary>
    /// The destination of the request. Throws <see cref="InvalidOperationException"/> for a request that does not belong to this
    /// attempt.
    /// </summary>
    protected abstract Uri TargetOf(HttpRequestMessage request);

    /// <summary>Removes or changes what the SDK must not see.</summary>
    protected virtual void Amend(HttpResponseMessage response)
    {
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = TargetOf(request);
        (Asked, Answer, Failure) = (request.RequestUri, null, null);
        request.Headers.ExpectContinue = connections.AskFirst.For(request.Content?.Headers.ContentLength);
        try
        {
            var response = await connections.Http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await AnsweredAsync(request, response, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch (HttpRequestException e)
        {
            Failure = e;
            throw;
        }
    }

    private async Task AnsweredAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellation)
    {
        connections.Clock.Learn(response.Headers.Date);
        connections.AskFirst.Answered(response.StatusCode);

        // An identity that may only write gets a refusal here, which says nothing about the credentials.
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
            RefusedToken = request.Headers.Authorization?.Parameter;
        Answer = await StoreAnswer.ReadAsync(response, connections.Clock.UtcNow, cancellation).ConfigureAwait(false);
        LimitedAnswers.Replace(response, Answer.Body);
        Amend(response);
    }
}
