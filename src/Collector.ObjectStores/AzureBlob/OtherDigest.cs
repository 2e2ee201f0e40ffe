using Azure.Core;
using Azure.Core.Pipeline;

namespace Collector.ObjectStores.AzureBlob;

/// <summary>Of the probe: promises another body than follows, before that is signed. The SDK would only ever tell the right digest.</summary>
internal sealed class OtherDigest : HttpPipelineSynchronousPolicy
{
    private static readonly string Md5 = Convert.ToBase64String(new byte[16]);

    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.Request.Method == RequestMethod.Put)
            message.Request.Headers.SetValue("Content-MD5", Md5);
    }
}
