using Collector.ObjectStores.Http;
using Collector.Pipeline.Diagnostics;

namespace Collector.ObjectStores.Credentials;

/// <summary>URLs of servers that issue identities.</summary>
internal static class CredentialUrl
{
    /// <summary>
    /// Throws <see cref="CredentialException"/> if the text is not an http(s) URL. The message has the name under which the user
    /// knows it.
    /// </summary>
    public static Uri Parse(string text, string name)
    {
        if (!HttpUrl.TryParse(text, out var url))
            throw new CredentialException($"{name} {WithoutSecrets.StripUrl(text)} is not an http(s) URL: correct it");
        return url.UserInfo.Length == 0 ? url : throw new CredentialException($"{name} {WithoutSecrets.StripUrl(text)} has a user or a password in it: remove them");
    }
}
