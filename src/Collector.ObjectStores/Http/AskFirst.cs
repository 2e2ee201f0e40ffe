using System.Net;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Whether a put's headers are sent before its body (<c>Expect: 100-continue</c>), so that a refusal (already there, no permission)
/// arrives in place of a broken connection, and the body is not sent in vain. A store without support for it costs a wait of a
/// second; after an answer 417 (RFC 9110 §10.1.1), by the store or a proxy, it is not used again. Thread safe.
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
