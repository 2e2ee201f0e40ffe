namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Azure's libraries send tokens over https only, and know one address of the metadata service. This handler reaches an emulator
/// without TLS, or another address: the library names an address that it accepts, and the request goes to the configured one.
/// </summary>
internal static class SdkOrigin
{
    /// <summary>The address that the library gets instead of a URL that it would refuse.</summary>
    public static Uri WithTls(Uri url) => url.Scheme == Uri.UriSchemeHttps ? url : new UriBuilder(url) { Scheme = Uri.UriSchemeHttps, Port = url.Port }.Uri;

    /// <summary>The same request at the intended origin.</summary>
    public static Uri Of(Uri asked, Uri meant) => new UriBuilder(asked) { Scheme = meant.Scheme, Host = meant.Host, Port = meant.Port }.Uri;
}
