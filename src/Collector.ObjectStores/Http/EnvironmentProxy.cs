using System.Net;
using System.Net.Sockets;

namespace Collector.ObjectStores.Http;

/// <summary>
/// The proxy that the environment names, as curl and Go read it: <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c> (in small letters alone
/// where a web server could set it), else <c>ALL_PROXY</c>; and <c>NO_PROXY</c>, a list of <c>*</c>, names with all below them,
/// addresses, networks (CIDR), each perhaps with a port. User and password become credentials, so that no message shows them.
/// </summary>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Dictionary<string, ProxySetting?> _proxies;
    private readonly string[] _direct;

    /// <param name="variable">The environment.</param>
    public EnvironmentProxy(Func<string, string?> variable)
    {
        _direct = Given("no_proxy", "NO_PROXY").Text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        _proxies = new Dictionary<string, ProxySetting?>(StringComparer.Ordinal)
        {
            [Uri.UriSchemeHttps] = Parse("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
            [Uri.UriSchemeHttp] = Parse(["http_proxy", .. variable("REQUEST_METHOD") is null ? ["HTTP_PROXY"] : Array.Empty<string>(), "all_proxy", "ALL_PROXY"]),
        };
        Credentials = new ByProxy(_proxies);

        (string Name, string Text) Given(params string[] names) =>
            names.Select(name => (Name: name, Text: variable(name)?.Trim() ?? "")).FirstOrDefault(one => one.Text.Length > 0, (Name: "", Text: ""));

        ProxySetting? Parse(params string[] names)
        {
            var (name, text) = Given(names);
            return ProxySetting.Parse(name, text);
        }
    }

    public ICredentials? Credentials { get; set; }

    /// <summary>What is wrong with the variables, each once.</summary>
    public IEnumerable<string> Problems => _proxies.Values.Select(setting => setting?.Problem ?? "").Where(problem => problem.Length > 0).Distinct(StringComparer.Ordinal);

    /// <summary>The proxy for a URL, which may have a problem; null: none.</summary>
    public ProxySetting? For(Uri destination) => IsBypassed(destination) ? null : _proxies[destination.Scheme];

    public Uri? GetProxy(Uri destination) => For(destination)?.Proxy?.Address;

    public bool IsBypassed(Uri host) => _proxies.GetValueOrDefault(host.Scheme) is null || Array.Exists(_direct, entry => Matches(entry, host));

    private static bool Matches(string entry, Uri url)
    {
        if (entry == "*")
            return true;

        var (name, port) = SplitPort(entry);
        if (port.Length > 0 && port != $"{url.Port}")
            return false;
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
            return IPNetwork.TryParse(name, out var network) ? network.Contains(Plain(address)) : IPAddress.TryParse(name, out var own) && Plain(own).Equals(Plain(address));

        name = name.TrimStart('*').Trim('.');
        var host = url.IdnHost.TrimEnd('.');
        return name.Length > 0 && (host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><c>host:port</c>, <c>[::1]:port</c>; an IPv6 address without brackets has no port.</summary>
    private static (string Name, string Port) SplitPort(string entry)
    {
        if (entry.StartsWith('[') && entry.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            return (entry[1..end], entry[(end + 1)..].TrimStart(':'));
        return entry.IndexOf(':', StringComparison.Ordinal) is > 0 and var at && at == entry.LastIndexOf(':') ? (entry[..at], entry[(at + 1)..]) : (entry, "");
    }

    private static IPAddress Plain(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Each proxy gets its own.</summary>
    private sealed class ByProxy(Dictionary<string, ProxySetting?> proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType) =>
            proxies.Values.Select(setting => setting?.Proxy).FirstOrDefault(proxy => proxy?.Address is { } address && address.Host == uri.Host && address.Port == uri.Port)?.Credentials?.GetCredential(uri, authType);
    }
}
