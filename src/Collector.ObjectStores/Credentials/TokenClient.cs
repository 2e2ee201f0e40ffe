using System.Net;
using System.Text.Json;
using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>Talks to those who give out tokens: one request, one JSON object back, and words for everything else.</summary>
internal sealed class TokenClient(HttpMessageInvoker http, ServerClock clock) : IDisposable
{
    /// <summary>Within the attempt's deadline; a metadata server that is not there swallows packets.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private const int MostWords = 400;

    /// <summary>The time as the giver of tokens has it.</summary>
    public ServerClock Clock => clock;

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
    public async Task<string> GetTextAsync(HttpRequestMessage request, string who, CancellationToken cancellation, Action<HttpResponseMessage>? look = null)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Deadline);
        try
        {
            using (request)
            {
                using var response = await http.SendAsync(request, late.Token).ConfigureAwait(false);
                clock.Learn(response.Headers.Date);
                look?.Invoke(response);
                var text = await response.Content.ReadAsStringAsync(late.Token).ConfigureAwait(false);
                return response.IsSuccessStatusCode ? text : throw Refusal(response.StatusCode, text, who);
            }
        }
        catch (HttpRequestException e)
        {
            throw new CredentialException($"{who}: {HttpFailures.Words(e, request.RequestUri!)}", e) { IsUnavailable = true };
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CredentialException($"{who} at {request.RequestUri!.Authority} does not answer", e) { IsUnavailable = true };
        }
    }

    private static CredentialException Refusal(HttpStatusCode status, string text, string who) =>
        new($"{who} answered {(int)status}{Words(text)}")
        {
            IsUnavailable = (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout,
        };

    /// <summary>
    /// <c>error_description</c> (RFC 6749 §5.2), <c>error.message</c> (Google's APIs), or the text itself: its first line, for
    /// what follows are numbers for the giver's support.
    /// </summary>
    private static string Words(string text)
    {
        var words = text;
        if (Parse(text) is { } json)
        {
            words = Text(json, "error_description") ?? Text(json, "error") ?? Text(json, "message") ?? words;
            if (json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                words = Text(error, "message") ?? words;
        }

        var line = words.AsSpan().Trim();
        line = line[..(line.IndexOfAny('\r', '\n') is >= 0 and var end ? end : line.Length)];
        return line.IsEmpty ? "" : $": {line[..Math.Min(line.Length, MostWords)]}";
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

    public void Dispose() => http.Dispose();
}
