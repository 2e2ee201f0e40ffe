using System.Diagnostics.CodeAnalysis;

namespace Collector.ObjectStores.Http;

/// <summary>URLs that come from the environment or from a file, where no validation has seen them.</summary>
internal static class HttpUrl
{
    /// <summary>What is wrong with an endpoint, never repeating a secret in it; null when nothing is.</summary>
    public static string? ProblemOf(string text) => !TryParse(text, out var url) ? "is no http(s) URL"
        : url.UserInfo.Length > 0 ? "has a user or a password in it, which do not belong there: write them under authentication"
        : url.Query.Length > 0 || url.Fragment.Length > 0 ? "has a query in it, which does not belong there: a signature or a token goes under authentication"
        : null;

    /// <summary>False for what is no http(s) URL, such as <c>host:9000</c>, which reads as one of scheme <c>host</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
