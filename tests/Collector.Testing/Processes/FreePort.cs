using System.Net;
using System.Net.Sockets;

namespace Collector.Testing.Processes;

/// <summary>A loopback port that nobody listens on now.</summary>
public static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
