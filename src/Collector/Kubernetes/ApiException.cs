namespace Collector.Kubernetes;

/// <summary>An unsuccessful answer of the API, or an error event.</summary>
internal sealed class ApiException(int code, string message, TimeSpan? retryAfter = null) : Exception($"{code}: {message}")
{
    /// <summary>HTTP status.</summary>
    public int Code { get; } = code;

    /// <summary>The pause that the server requests.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The resource version, or the continue token, is older than what the server keeps (410 Gone).</summary>
    public bool IsExpired => Code == StatusCodes.Status410Gone;

    /// <summary>
    /// The resource version is newer than the server's: the server is behind, or was restored. Recognized by the message, which all
    /// versions have; the cause <c>ResourceVersionTooLarge</c> is newer (k8s.io/apiserver, storage/errors.go).
    /// </summary>
    public bool IsAhead => Code == StatusCodes.Status504GatewayTimeout && Message.Contains("Too large resource version", StringComparison.Ordinal);

    /// <summary>The server answers, but refuses: this lasts until somebody changes something.</summary>
    public bool IsRefusal => Code is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound;

    /// <summary>No watch can continue from that version, now or later; only a list helps.</summary>
    public bool NeedsList => IsExpired || IsAhead || Code == StatusCodes.Status400BadRequest;
}
