using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Collector.EndToEnd.Harness;

/// <summary>
/// A name server that takes questions and never answers, for one collector alone: it gets a mount namespace with an
/// <c>/etc/resolv.conf</c> of its own. The C library then waits for 5 s twice for each name, and cannot be interrupted.
/// </summary>
internal sealed class SilentDns : IDisposable
{
    private const int DnsPort = 53;
    private readonly Socket server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private SilentDns(IPAddress address) => server.Bind(new IPEndPoint(address, DnsPort));

    /// <summary>Whether somebody has asked it for a name.</summary>
    public bool WasAsked => server.Available > 0;

    /// <summary>Puts one in front of every collector of the stage to come; skips the test where that is not permitted.</summary>
    public static SilentDns OrSkip(Stage stage)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("A namespace of mounts takes root.");
        var address = IPAddress.Parse("127.0.0.98");
        var dns = new SilentDns(address);
        string file = stage.Sub("resolv.conf");
        File.WriteAllText(file, $"nameserver {address}\n");
        stage.Launcher = ["/usr/bin/unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", file];
        return dns;
    }

    public void Dispose() => server.Dispose();
}
