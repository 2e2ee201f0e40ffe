using System.Diagnostics.CodeAnalysis;

namespace Collector.ObjectStores.Http;

/// <summary>URLs that come from the environment or from a file, where no validation has seen them.</summary>
internal static class HttpUrl
{
    /// <summary>What is wrong with an endpoint, without any secret in it; null if nothing is wrong.</summary>
    public static string? ProblemOf(string text) => !TryParse(text, out var url) ? "is not an http(s) URL"
        : url.UserInfo.Length > 0 ? "has a user or a password in it: write them under authentication instead"
        : url.Query.Length > 0 || url.Fragment.Length > 0 ? "has a query in it: write a signature or a token under authentication instead"
        : null;

    /// <summary>False if the text is not an http(s) URL, such as <c>host:9000</c>, which parses as scheme <c>host</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
