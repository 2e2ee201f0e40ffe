using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Gcs;

/// <summary>Where uploads go, from the settings and the environment.</summary>
/// <param name="Uploads">The bucket's upload URL; null when <paramref name="Problem"/> says why.</param>
/// <param name="IsEmulator">An emulator was named.</param>
/// <param name="Problem">What is wrong, and what to write; empty if nothing is wrong.</param>
internal sealed record GcsPlace(Uri? Uploads, bool IsEmulator, string Problem)
{
    private const string PublicEndpoint = "https://storage.googleapis.com";

    private const string ServicePath = "/storage/v1/";
    private const string UploadPath = "/upload" + ServicePath + "b/";

    /// <summary>Google's own names lead to the same uploads.</summary>
    private const string GoogleDomain = ".googleapis.com";

    /// <summary>The base address for the SDK.</summary>
    public string? Service => Uploads?.AbsoluteUri[..Uploads.AbsoluteUri.LastIndexOf(UploadPath, StringComparison.Ordinal)] + ServicePath;

    /// <summary>The destination of a request of the SDK. For the begin of an upload the SDK omits an endpoint's path.</summary>
    public Uri TargetOf(HttpMethod method, Uri asked) => method == HttpMethod.Post ? new UriBuilder(Uploads!) { Query = asked.Query }.Uri : asked;

    /// <param name="settings">The output's settings.</param>
    /// <param name="emulator">The value of <see cref="GcsSettings.EmulatorVariable"/>; may be empty.</param>
    public static GcsPlace Of(GcsSettings settings, string emulator)
    {
        var path = $"{UploadPath}{Uri.EscapeDataString(settings.Bucket)}/o";
        if (settings.Endpoint.Length > 0 && HttpUrl.ProblemOf(settings.Endpoint) is { } problem)
            return new GcsPlace(null, false, $"the endpoint {WithoutSecrets.StripUrl(settings.Endpoint)} {problem}: correct store.endpoint");
        if (settings.Endpoint.Length > 0 || emulator.Length == 0)
            return new GcsPlace(new Uri((settings.Endpoint.Length > 0 ? settings.Endpoint : PublicEndpoint).TrimEnd('/') + path), false, "");
        return GcsSettings.TryParseEmulator(emulator, out var url)
            ? new GcsPlace(new Uri(url.AbsoluteUri.TrimEnd('/') + path), true, "")
            : new GcsPlace(null, true, $"{GcsSettings.EmulatorVariable} {WithoutSecrets.StripUrl(emulator)} is not an address: write HOST:PORT or a URL, or unset it");
    }

    /// <summary>
    /// The address of a session, which the store gave as <paramref name="location"/>. An emulator behind a forwarded port or in a
    /// container names the address that it listens on; only the configured address is reachable. Using that one also keeps the
    /// token on the configured way.
    /// </summary>
    public static Uri SessionAt(Uri asked, Uri location)
    {
        var session = new Uri(asked, location);
        var isGoogle = session.Scheme == Uri.UriSchemeHttps && session.Host.EndsWith(GoogleDomain, StringComparison.OrdinalIgnoreCase);
        return isGoogle ? session : new Uri(asked, session.PathAndQuery);
    }
}
