using System.Net;
using Collector.ObjectStores.Credentials;

namespace Collector.ObjectStores.S3;

/// <summary>
/// One attempt, as the signer and the transport below the SDK see it: the SDK has no place to carry these through, so they
/// travel with the asynchronous call.
/// </summary>
internal sealed class S3Attempt
{
    private static readonly AsyncLocal<S3Attempt?> Flowing = new();
    private int _sent;

    /// <summary>That of the call that is under way.</summary>
    public static S3Attempt Current
    {
        get => Flowing.Value ?? throw new InvalidOperationException("a request to S3 outside of an attempt");
        set => Flowing.Value = value;
    }

    public required AwsKeys Keys { get; init; }

    /// <summary>For messages.</summary>
    public required string Bucket { get; init; }

    /// <summary>What the request is dated.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Of the body, in lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Where the request went; null before it did.</summary>
    public Uri? Asked { get; private set; }

    /// <summary>Of the answer, when there was one.</summary>
    public HttpStatusCode? Status { get; private set; }

    /// <summary>The answer is a page for people: whoever gave it is no S3, and has stored nothing.</summary>
    public bool IsWebPage { get; private set; }

    /// <summary>What the store's clock says.</summary>
    public DateTimeOffset? Date { get; private set; }

    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>Where a redirect leads; else empty.</summary>
    public string Location { get; private set; } = "";

    /// <summary>The bucket's, where the store names it; else empty.</summary>
    public string Region { get; private set; } = "";

    /// <summary>False when this attempt's one request was made before (I13).</summary>
    public bool TrySend(Uri? target)
    {
        Asked = target;
        return Interlocked.Exchange(ref _sent, 1) == 0;
    }

    public void Answered(HttpResponseMessage response)
    {
        Status = response.StatusCode;
        IsWebPage = response.Content.Headers.ContentType?.MediaType == "text/html";
        Date = response.Headers.Date;
        RetryAfter = Http.RetryAfter.Of(response, Now);
        Location = response.Headers.Location?.OriginalString ?? "";
        Region = response.Headers.TryGetValues("x-amz-bucket-region", out var regions) ? string.Join(',', regions) : "";
    }
}
