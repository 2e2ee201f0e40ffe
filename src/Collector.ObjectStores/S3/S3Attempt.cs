using Collector.ObjectStores.Credentials;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.S3;

/// <summary>
/// One attempt, as the signer and the transport below the SDK see it: the SDK cannot carry these values, so they travel with the
/// asynchronous call.
/// </summary>
internal sealed class S3Attempt
{
    private static readonly AsyncLocal<S3Attempt?> Flowing = new();
    private int _sent;

    /// <summary>The attempt of the current call.</summary>
    public static S3Attempt Current
    {
        get => Flowing.Value ?? throw new InvalidOperationException("a request to S3 outside of an attempt");
        set => Flowing.Value = value;
    }

    public required AwsKeys Keys { get; init; }

    /// <summary>The operation: a write, or a HEAD.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Put;

    /// <summary>For messages.</summary>
    public required string Bucket { get; init; }

    /// <summary>The date of the request.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>SHA-256 of the body, in lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The destination of the request; null before it was sent.</summary>
    public Uri? Asked { get; private set; }

    /// <summary>The answer; null if there was none.</summary>
    public StoreAnswer? Answer { get; private set; }

    /// <summary>The store's time.</summary>
    public DateTimeOffset? Date { get; private set; }

    /// <summary>The target of a redirect; else empty.</summary>
    public string Location { get; private set; } = "";

    /// <summary>False when this attempt's one request was made before (I13).</summary>
    public bool TrySend(Uri? target)
    {
        Asked = target;
        return Interlocked.Exchange(ref _sent, 1) == 0;
    }

    public async Task AnsweredAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        Date = response.Headers.Date;
        Location = response.Headers.Location is { } location ? WithoutSecrets.Strip(location) : "";
        Answer = await StoreAnswer.ReadAsync(response, Now, cancellation).ConfigureAwait(false);
    }
}
