using System.Net;

namespace Collector.ObjectStores.Http;

/// <summary>A proxy as somebody has set it: in the configuration, or in a variable.</summary>
/// <param name="Name">The key or the variable, for messages.</param>
/// <param name="Proxy">With user and password as credentials, so that no address has them; null: it cannot be used.</param>
/// <param name="Problem">What is wrong and what to write, without any part of the text, which may hold a password; empty: nothing.</param>
internal sealed record ProxySetting(string Name, WebProxy? Proxy, string Problem)
{
    /// <summary>The key of the configuration.</summary>
    public const string Key = "store.proxy";

    /// <summary>All that the runtime knows.</summary>
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>For curl a <c>socks5</c> whose proxy resolves the names, as the runtime's always does.</summary>
    private const string OtherSocks5 = "socks5h://";

    /// <summary>Null: it is not set. A text without a scheme is of http.</summary>
    public static ProxySetting? Parse(string name, string text)
    {
        if (text.Length == 0)
            return null;

        var full = text.StartsWith(OtherSocks5, StringComparison.OrdinalIgnoreCase) ? $"socks5://{text[OtherSocks5.Length..]}"
            : text.Contains("://", StringComparison.Ordinal) ? text
            : $"http://{text}";
        if (!Uri.TryCreate(full, UriKind.Absolute, out var url) || url.Host.Length == 0)
            return Wrong("is not the URL of a proxy");
        if (!Schemes.Contains(url.Scheme, StringComparer.Ordinal))
            return Wrong($"has a scheme that proxies do not have (they have {string.Join(", ", Schemes)})");
        if (url.Query.Length > 0 || url.Fragment.Length > 0 || url.AbsolutePath.Contains('@', StringComparison.Ordinal))
            return Wrong("has a part that the URL of a proxy does not have; perhaps the password has a / ? or #, which are written %2F %3F %23");

        var user = url.UserInfo.Split(':', 2);
        var proxy = new WebProxy(new Uri($"{url.Scheme}://{url.Authority}"))
        {
            Credentials = url.UserInfo.Length == 0
                ? null
                : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : ""),
        };
        return new ProxySetting(name, proxy, "");

        ProxySetting Wrong(string what) => new(name, null, $"{name} {what}; nothing is sent around a proxy: write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT, or remove {name}");
    }

    /// <summary>For messages: the address has no user and no password.</summary>
    public override string ToString() => $"{Proxy?.Address?.GetLeftPart(UriPartial.Authority)} ({Name})";
}
