using Azure.Core;
using Azure.Core.Pipeline;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>
/// For the probe: announces the digest of another body, before the request is signed. The SDK itself would only announce the right
/// digest.
/// </summary>
internal sealed class OtherDigest : HttpPipelineSynchronousPolicy
{
    private static readonly string Md5 = Convert.ToBase64String(new byte[16]);

    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.Request.Method == RequestMethod.Put)
            message.Request.Headers.SetValue("Content-MD5", Md5);
    }
}
