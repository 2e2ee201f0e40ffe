using System.Net;
using System.Text.Json;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>Talks to those who give out tokens: one request, one JSON object back, and words for everything else.</summary>
internal sealed class TokenClient : IDisposable
{
    /// <summary>Within the attempt's deadline; a metadata server that is not there swallows packets.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _clock;

    /// <param name="connections">To whoever gives out tokens; disposed with this.</param>
    /// <param name="clock">Our own.</param>
    public TokenClient(HttpMessageHandler connections, TimeProvider clock)
    {
        _http = new HttpMessageInvoker(connections);
        _clock = clock;
        Clock = new ServerClock(clock);
    }

    /// <summary>The time as the giver of tokens has it.</summary>
    public ServerClock Clock { get; }

    /// <summary>The answer's JSON object. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="request">Is disposed.</param>
    /// <param name="who">Whom we ask, for the message.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    public async Task<JsonElement> GetJsonAsync(HttpRequestMessage request, string who, CancellationToken cancellation)
    {
        var text = await GetTextAsync(request, who, cancellation).ConfigureAwait(false);
        return Parse(text) ?? throw new CredentialException($"{who} answered with something that is no JSON object");
    }

    /// <summary>The answer's text. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="request">Is disposed.</param>
    /// <param name="who">Whom we ask, for the message.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    /// <param name="help">What to look at when it is refused or not answered; may be empty.</param>
    /// <param name="look">Sees the answer before its text is read.</param>
    public async Task<string> GetTextAsync(
        HttpRequestMessage request, string who, CancellationToken cancellation, string help = "", Action<HttpResponseMessage>? look = null)
    {
        using var deadline = new CancellationTokenSource(Deadline, _clock);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        var remedy = help.Length > 0 ? $"; {help}" : "";
        try
        {
            using (request)
            {
                using var response = await _http.SendAsync(request, late.Token).ConfigureAwait(false);
                Clock.Learn(response.Headers.Date);
                look?.Invoke(response);
                var text = await response.Content.ReadAsStringAsync(late.Token).ConfigureAwait(false);
                return response.IsSuccessStatusCode ? text : throw Refusal(response.StatusCode, text, who, remedy);
            }
        }
        catch (HttpRequestException e)
        {
            throw new CredentialException($"{who}: {HttpFailures.Words(e, request.RequestUri!)}{remedy}", e) { IsUnavailable = true };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CredentialException($"{who} at {request.RequestUri!.Authority} does not answer{remedy}", e) { IsUnavailable = true };
        }
    }

    private static CredentialException Refusal(HttpStatusCode status, string text, string who, string remedy) =>
        new($"{who} answered {(int)status}{Words(text)}{remedy}")
        {
            IsUnavailable = (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout,
        };

    /// <summary><c>error_description</c> (RFC 6749 §5.2), <c>error.message</c> (Google's APIs), or the text itself.</summary>
    private static string Words(string text)
    {
        var words = text;
        if (Parse(text) is { } json)
        {
            words = Text(json, "error_description") ?? Text(json, "error") ?? Text(json, "message") ?? words;
            if (json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                words = Text(error, "message") ?? words;
        }

        return ServerWords.FirstLine(words) is { Length: > 0 } line ? $": {line}" : "";
    }

    public static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A number of seconds, which some servers write as a string.</summary>
    public static double? Seconds(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when double.TryParse(value.GetString(), out var seconds) => seconds,
        _ => null,
    };

    public static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
