using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Collector.Endpoints;

/// <summary>
/// The value of <c>telemetry.listen</c>: <c>:2020</c> (every address, both families), <c>127.0.0.1:2020</c>, <c>[::1]:2020</c>.
/// Names are not resolved.
/// </summary>
/// <param name="Host">The address to listen on; null is every address of both families.</param>
/// <param name="Port">The port; 0 takes a free one.</param>
public sealed record ListenAddress(IPAddress? Host, int Port)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;

        var host = text[..colon];
        if (host.Length == 0)
        {
            address = new ListenAddress(null, port);
            return true;
        }

        // An IPv6 address has brackets, so that its last group cannot be taken for the port.
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var ip) || bracketed != host.Contains(':', StringComparison.Ordinal))
            return false;

        address = new ListenAddress(ip, port);
        return true;
    }

    public override string ToString() => Host is null ? $":{Port}" : new IPEndPoint(Host, Port).ToString();
}
