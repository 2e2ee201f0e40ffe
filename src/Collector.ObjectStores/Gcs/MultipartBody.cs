using System.Net.Http.Headers;
using System.Text;
using Collector.ObjectStores.Http;
using Collector.Pipeline.Upload;

namespace Collector.ObjectStores.Gcs;

/// <summary>An object's properties and its body in one request: <c>multipart/related</c> (RFC 2387), two parts.</summary>
internal static class MultipartBody
{
    public static BodyContent Of(ObjectToPut item, string resource)
    {
        // The body is not searched for it; its SHA-256 cannot be written into itself.
        var boundary = Convert.ToHexString(item.Sha256.Span);
        var content = new BodyContent(item)
        {
            Prologue = Encoding.UTF8.GetBytes(
                $"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{resource}\r\n--{boundary}\r\nContent-Type: {item.ContentType}\r\n\r\n"),
            Epilogue = Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n"),
        };
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; boundary={boundary}");
        return content;
    }
}
