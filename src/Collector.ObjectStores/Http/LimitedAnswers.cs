using System.Text;

namespace Collector.ObjectStores.Http;

/// <summary>
/// Runs beneath an SDK that would read a whole answer, however long: the SDK gets the beginning, read with our limit.
/// </summary>
internal sealed class LimitedAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Replaces the answer's content by the text that was read.</summary>
    public static void Replace(HttpResponseMessage response, AnswerBody read)
    {
        using var content = response.Content;
        response.Content = new StringContent(read.Text, Encoding.UTF8);
        response.Content.Headers.ContentType = content.Headers.ContentType;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        Replace(response, await AnswerBody.ReadAsync(response, cancellationToken).ConfigureAwait(false));
        return response;
    }
}
