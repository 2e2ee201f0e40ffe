using System.Diagnostics.CodeAnalysis;

namespace Collector.ObjectStores.Http;

/// <summary>URLs that come from the environment or from a file, where no validation has seen them.</summary>
internal static class HttpUrl
{
    /// <summary>False for what is no http(s) URL, such as <c>host:9000</c>, which reads as one of scheme <c>host</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
