namespace Collector.Kubernetes;

/// <summary>An answer of the API that is no success, or an event that says so.</summary>
internal sealed class ApiException(int code, string message, TimeSpan? retryAfter = null) : Exception($"{code}: {message}")
{
    /// <summary>HTTP status.</summary>
    public int Code { get; } = code;

    /// <summary>How long the server wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The resource version, or the continue token, is older than what the server keeps (410 Gone).</summary>
    public bool IsExpired => Code == StatusCodes.Status410Gone;

    /// <summary>
    /// The resource version is newer than what the server has: it is behind, or was set back. Told from other timeouts by the
    /// words, which all versions have; the cause <c>ResourceVersionTooLarge</c> is younger (k8s.io/apiserver, storage/errors.go).
    /// </summary>
    public bool IsAhead => Code == StatusCodes.Status504GatewayTimeout && Message.Contains("Too large resource version", StringComparison.Ordinal);

    /// <summary>The server is there, and does not tell this one: nothing comes until somebody changes that.</summary>
    public bool IsRefusal => Code is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound;

    /// <summary>No watch goes on from that version, now or later: only a list does.</summary>
    public bool NeedsList => IsExpired || IsAhead || Code == StatusCodes.Status400BadRequest;
}
