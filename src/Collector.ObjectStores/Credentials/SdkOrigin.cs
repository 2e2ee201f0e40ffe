namespace Collector.ObjectStores.Credentials;

/// <summary>
/// Azure's libraries show tokens to https alone, and know one address of the metadata service. An emulator without TLS, and
/// another address, are reached by what is beneath them: they name what they accept, and the request goes where it was told to.
/// </summary>
internal static class SdkOrigin
{
    /// <summary>What a library is told in place of a URL that it would refuse.</summary>
    public static Uri WithTls(Uri url) => url.Scheme == Uri.UriSchemeHttps ? url : new UriBuilder(url) { Scheme = Uri.UriSchemeHttps, Port = url.Port }.Uri;

    /// <summary>The same request at the origin that was meant.</summary>
    public static Uri Of(Uri asked, Uri meant) => new UriBuilder(asked) { Scheme = meant.Scheme, Host = meant.Host, Port = meant.Port }.Uri;
}
