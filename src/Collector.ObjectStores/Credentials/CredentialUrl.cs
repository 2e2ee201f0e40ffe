using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Credentials;

/// <summary>URLs that lead to whoever gives out identities.</summary>
internal static class CredentialUrl
{
    /// <summary>Throws <see cref="CredentialException"/> for what is no http(s) URL, with the name that the user knows it by.</summary>
    public static Uri Parse(string text, string name)
    {
        if (!HttpUrl.TryParse(text, out var url))
            throw new CredentialException($"{name} {WithoutSecrets.OfUrl(text)} is no http(s) URL: correct it");
        return url.UserInfo.Length == 0 ? url : throw new CredentialException($"{name} {WithoutSecrets.OfUrl(text)} has a user or a password in it: remove them");
    }
}
