using Collector.ObjectStores.Http;

namespace Collector.ObjectStores.Credentials;

/// <summary>URLs that lead to whoever gives out identities.</summary>
internal static class CredentialUrl
{
    /// <summary>Throws <see cref="CredentialException"/> for what is no http(s) URL, with the name that the user knows it by.</summary>
    public static Uri Parse(string text, string name) =>
        HttpUrl.TryParse(text, out var url) ? url : throw new CredentialException($"{name} {text} is no http(s) URL: correct it");
}
