namespace Collector.ObjectStores.Credentials;

/// <summary>URLs that come from the environment or from a file, where no validation has seen them.</summary>
internal static class CredentialUrl
{
    /// <summary>Throws <see cref="CredentialException"/> for what is no http(s) URL, with the name that the user knows it by.</summary>
    public static Uri Parse(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            ? url
            : throw new CredentialException($"{name} {text} is no http(s) URL: correct it");
}
