using System.Net;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// Beneath the SDK: one request, whatever the SDK would do about challenges, time-outs or other hosts (I13). The answer is read
/// here, with a limit, and decides; the SDK gets a copy.
/// </summary>
/// <param name="connections">To the service.</param>
/// <param name="service">Where the request goes.</param>
internal sealed class AzureAttempt(AzureConnections connections, Uri service) : HttpMessageHandler
{
    /// <summary>Of the REST protocol: new enough for every tier and for bearer tokens, old enough for every emulator.</summary>
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2021_12_02;

    private const string Program = "collector";

    private int _sent;

    /// <summary>Where the request went; null before it did.</summary>
    public Uri? Asked { get; private set; }

    /// <summary>What came back; null when nothing did.</summary>
    public StoreAnswer? Answer { get; private set; }

    /// <summary>What the connection said in place of an answer.</summary>
    public HttpRequestException? Failure { get; private set; }

    /// <summary>The token that the service refused, for what it was asked to do; else null.</summary>
    public string? RefusedToken { get; private set; }

    /// <summary>With nothing left to the SDK's own judgement: no retries, no deadlines, no other version than this.</summary>
    /// <param name="client">Over this attempt.</param>
    public static BlobClientOptions ToOptions(HttpClient client)
    {
        var options = new BlobClientOptions(Version) { Transport = new HttpClientTransport(client) };
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        options.Diagnostics.ApplicationId = Program;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        return options;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _sent, 1) != 0)
            throw new InvalidOperationException($"the SDK wants a second request in one attempt: {request.Method}");

        request.RequestUri = Asked = SdkOrigin.Of(request.RequestUri!, service);
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

        // Who may only write is not let look, and that says nothing of the credentials.
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && request.Method == HttpMethod.Put)
            RefusedToken = request.Headers.Authorization?.Parameter;
        Answer = await StoreAnswer.ReadAsync(response, connections.Clock.UtcNow, cancellation).ConfigureAwait(false);
        LimitedAnswers.Replace(response, Answer.Body);
    }
}
