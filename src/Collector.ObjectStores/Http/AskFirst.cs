using System.Net;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Whether a put's headers go ahead of its body (<c>Expect: 100-continue</c>), so that a refusal (already there, no permission)
/// arrives in place of a broken connection, and the body is not sent in vain. A store that does not know how is waited for a
/// second; one, or a proxy before it, that answers 417 (RFC 9110 §10.1.1) is not asked again. Thread safe.
/// </summary>
internal sealed class AskFirst
{
    /// <summary>A smaller body fits into the socket buffers and costs less than the wait.</summary>
    public const int From = 256 * 1024;

    private volatile bool _isRefused;

    public bool For(long? length) => length >= From && !_isRefused;

    public void Answered(HttpStatusCode status)
    {
        if (status == HttpStatusCode.ExpectationFailed)
            _isRefused = true;
    }
}
