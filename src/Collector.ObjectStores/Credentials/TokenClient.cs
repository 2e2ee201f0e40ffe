using System.Globalization;
using System.Net;
using System.Text.Json;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>Asks a server that issues tokens: one request, one JSON object back, and a clear message for everything else.</summary>
internal sealed class TokenClient : IDisposable
{
    /// <summary>Shorter than the attempt's deadline; without a metadata server packets are dropped silently.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>A year; a longer lifetime is renewed after that time.</summary>
    private const double LongestSeconds = 31_536_000;

    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _clock;

    /// <param name="connections">Connections to the issuer; disposed with this.</param>
    /// <param name="clock">Our own.</param>
    public TokenClient(HttpMessageHandler connections, TimeProvider clock)
    {
        _http = new HttpMessageInvoker(connections);
        _clock = clock;
        Clock = new ServerClock(clock);
    }

    /// <summary>The issuer's time.</summary>
    public ServerClock Clock { get; }

    /// <summary>The answer's JSON object. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="request">Is disposed.</param>
    /// <param name="who">The name of the server that is asked, for the message.</param>
    /// <param name="cancellation">Cancels the request; the deadline cancels it too.</param>
    public async Task<JsonElement> GetJsonAsync(HttpRequestMessage request, string who, CancellationToken cancellation)
    {
        var text = await GetTextAsync(request, who, cancellation).ConfigureAwait(false);
        return Parse(text) ?? throw new CredentialException($"{who} gave an answer that is not a JSON object");
    }

    /// <summary>The answer's text. Throws <see cref="CredentialException"/>.</summary>
    /// <param name="request">Is disposed.</param>
    /// <param name="who">The name of the server that is asked, for the message.</param>
    /// <param name="cancellation">Ends it, as the deadline does.</param>
    /// <param name="help">What to check when the request is refused or not answered; may be empty.</param>
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
                var body = await AnswerBody.ReadAsync(response, late.Token).ConfigureAwait(false);
                if (!response.IsSuccessStatusCode)
                    throw Refusal(response.StatusCode, body, who, remedy);
                late.Token.ThrowIfCancellationRequested();
                return body.IsWhole ? body.Text : throw new CredentialException($"{who} gave an answer that was cut off, or is longer than {AnswerBody.Most / 1024} KiB{remedy}") { IsUnavailable = true };
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

    private static CredentialException Refusal(HttpStatusCode status, AnswerBody body, string who, string remedy) =>
        new($"{who} answered {(int)status}{Words(body)}{remedy}")
        {
            IsUnavailable = (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout,
        };

    /// <summary><c>error_description</c> (RFC 6749 §5.2), <c>error.message</c> (Google's APIs), or the text itself.</summary>
    private static string Words(AnswerBody body)
    {
        var words = body.Words;
        if (Parse(body.Text) is { } json)
        {
            words = Text(json, "error_description") ?? Text(json, "error") ?? Text(json, "message") ?? words;
            if (json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                words = Text(error, "message") ?? words;
        }

        return body.Line(words) is { Length: > 0 } line ? $": {line}" : "";
    }

    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A number of seconds, which some servers write as a string, limited to what a date can hold.</summary>
    public static double? Seconds(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var value))
            return null;

        double? seconds = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDouble(out var number) => number,
            JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
        return seconds is { } found && double.IsFinite(found) ? Math.Clamp(found, 0, LongestSeconds) : null;
    }

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
