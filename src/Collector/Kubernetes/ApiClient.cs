using System.Security.Authentication;
using System.Text.Json;
using Collector.Pipeline.Diagnostics;

namespace Collector.Kubernetes;

/// <summary>
/// Asks the API: one request each time, never repeated here. The configuration is looked at for each request, so that a
/// kubeconfig that is not there yet, or changes, needs no restart. Thread safe.
/// </summary>
/// <param name="findAccess">Throws <see cref="ApiAccessException"/> where there is no usable configuration now.</param>
/// <param name="metrics">Count the requests; null: nobody does.</param>
internal sealed class ApiClient(Func<ApiAccess> findAccess, CollectorMetrics? metrics) : IDisposable
{
    /// <summary>Much more than a Status has.</summary>
    private const int LongestComplaint = 16 * 1024;

    private readonly Lock _gate = new();
    private volatile bool _isAway;
    private ApiConnection? _connection;

    /// <summary>Raised, on any thread, with the first answer of a server that gave none, or said that it was not able to.</summary>
    public event Action? CameBack;

    /// <summary>The server's address, for the log.</summary>
    public string Target { get; private set; } = "the API";

    /// <summary>Why there was no answer: what is told behind the words of those who only pass it on.</summary>
    public static string Reason(Exception error) => error switch
    {
        HttpRequestException or AuthenticationException when error.InnerException is { } inner => Reason(inner),
        OperationCanceledException => "there was no answer in time",
        _ => error.Message,
    };

    /// <summary>Asks for a path with its query. The response's body is a stream; the caller disposes it.</summary>
    /// <exception cref="ApiException">The answer is no success.</exception>
    /// <exception cref="ApiAccessException">The configuration, or a credential, cannot be read.</exception>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(KubernetesVerb verb, string path, CancellationToken cancellation)
    {
        var connection = Connect();
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

    /// <summary>Another configuration ends what is under way by the old one: that is asked again, as whoever it says now.</summary>
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

    /// <summary>A certificate or token that has expired would be that connection's for a while; the next one has what the files, or the plugin, have now.</summary>
    private void Forget(ApiConnection connection)
    {
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
            // Something in front of the API answered, in its own words.
        }

        var after = response.Headers.RetryAfter;
        return new ApiException((int)response.StatusCode, message, after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : null));
    }
}
