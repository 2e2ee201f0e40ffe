using System.Globalization;
using System.Net;

namespace Collector.Configuration;

/// <summary>Where the HTTP endpoints listen; a null address is every address of both families, port 0 any free port.</summary>
public sealed record ListenAddress(IPAddress? Address, int Port)
{
    /// <summary>Reads <c>:2020</c>, <c>127.0.0.1:2020</c> and <c>[::1]:2020</c>.</summary>
    public static bool TryParse(string text, out ListenAddress value)
    {
        value = new ListenAddress(null, 0);
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;

        var host = text[..colon];
        if (host.Length == 0)
        {
            value = new ListenAddress(null, port);
            return true;
        }

        // Without its brackets an IPv6 address cannot be separated from its port.
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed != host.Contains(':') || !IPAddress.TryParse(host, out var address))
            return false;
        value = new ListenAddress(address, port);
        return true;
    }

    public override string ToString() => Address is null ? $":{Port}" : new IPEndPoint(Address, Port).ToString();
}
