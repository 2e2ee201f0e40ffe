using System.Net;

namespace Collector.ObjectStores.Http;

/// <summary>
/// An error as S3 and Azure write it: <c>&lt;Error&gt;&lt;Code&gt;…&lt;/Code&gt;&lt;Message&gt;…</c>. Both are empty if another
/// server answered.
/// </summary>
internal readonly record struct XmlError(string Code, string Message)
{
    public static XmlError Of(AnswerBody body) => body.Text.Contains("<Error", StringComparison.Ordinal) && !body.IsPage
        ? new XmlError(Element(body, "Code"), Element(body, "Message"))
        : new XmlError("", "");

    /// <summary>The first line of the first element of that name.</summary>
    private static string Element(AnswerBody body, string name)
    {
        var xml = body.Text;
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal);
        if (start < 0)
            return "";

        start += name.Length + 2;
        var end = xml.IndexOf('<', start);
        return body.Line(WebUtility.HtmlDecode(end < 0 ? xml[start..] : xml[start..end]));
    }
}
