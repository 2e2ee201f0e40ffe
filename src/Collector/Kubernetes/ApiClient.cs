using System.Security.Authentication;
using System.Text.Json;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.Kubernetes;

/// <summary>
/// Asks the API: one request each time, never repeated here. The configuration is read for each request, so that a kubeconfig that
/// appears later, or changes, needs no restart. Thread safe.
/// </summary>
/// <param name="findAccess">Throws <see cref="ApiAccessException"/> if there is no usable configuration now.</param>
/// <param name="metrics">Counts the requests; null: nothing is counted.</param>
internal sealed class ApiClient(Func<ApiAccess> findAccess, CollectorMetrics? metrics) : IDisposable
{
    /// <summary>Much more than a Status needs.</summary>
    private const int LongestComplaint = 16 * 1024;

    private readonly Lock _gate = new();
    private volatile bool _isAway;
    private ApiConnection? _connection;

    /// <summary>
    /// Raised, on any thread, with the first answer of a server that gave none before, or said that it was not able to.
    /// </summary>
    public event Action? CameBack;

    /// <summary>The server's address, for the log.</summary>
    public string Target { get; private set; } = "the API";

    /// <summary>Why there was no answer: the inner message, behind exceptions that only wrap it.</summary>
    public static string Reason(Exception error) => error switch
    {
        HttpRequestException or AuthenticationException when error.InnerException is { } inner => Reason(inner),
        OperationCanceledException => "no answer in time",
        _ => ServerWords.FirstLine(error.Message),
    };

    /// <summary>Asks for a path with its query. The response's body is a stream; the caller disposes it.</summary>
    /// <exception cref="ApiException">The answer is not a success.</exception>
    /// <exception cref="ApiAccessException">The configuration, or a credential, cannot be read.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(KubernetesVerb verb, string path, CancellationToken cancellation)
    {

        // Elsewhere, because a kubeconfig whose mount hangs holds up its reader for a while.
        var connection = await Task.Run(Connect, cancellation);
        var code = 0;
        try
        {
            var response = await connection.SendAsync(path, cancellation);
            code = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                throw await ReadComplaintAsync(response, cancellation);
            }
        }
        finally
        {
            metrics?.KubernetesRequested(verb, code);
            Note(isAway: code is 0 or >= StatusCodes.Status500InternalServerError);
            if (code == StatusCodes.Status401Unauthorized)
            {
                Forget(connection);
            }
        }
    }

    public void Dispose() => _connection?.Dispose();

    private void Note(bool isAway)
    {
        var wasAway = _isAway;
        _isAway = isAway;
        if (wasAway && !isAway)
        {
            CameBack?.Invoke();
        }
    }

    /// <summary>A changed configuration ends running requests with the old one; they are repeated with the new identity.</summary>
    private ApiConnection Connect()
    {
        var access = findAccess();
        lock (_gate)
        {
            if (_connection?.Access != access)
            {
                _connection?.Dispose();
                _connection = new ApiConnection(access);
                Target = access.Server.ToString();
            }

            return _connection;
        }
    }

    /// <summary>
    /// An expired certificate or token would stay with this connection; the next connection has the current one from the files, the plugin
    /// or the issuer.
    /// </summary>
    private void Forget(ApiConnection connection)
    {
        connection.Access.Oidc?.Refuse();
        lock (_gate)
        {
            if (_connection == connection)
            {
                _connection = null;
                connection.Dispose();
            }
        }
    }

    private static async Task<ApiException> ReadComplaintAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var message = response.ReasonPhrase ?? "";
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var buffer = new byte[LongestComplaint];
            var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
            message = json.RootElement.GetProperty("message").GetString() ?? message;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            // A server in front of the API answered, in its own words.
        }

        var after = response.Headers.RetryAfter;
        return new ApiException((int)response.StatusCode, ServerWords.FirstLine(message), after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : null));
    }
}
