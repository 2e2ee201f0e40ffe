using System.Diagnostics;
using System.Net.Sockets;
using Collector.Testing.Processes;

namespace Collector.Testing.Servers;

/// <summary>
/// The real nginx (Debian's nginx-light) on a loopback port before some gateways of one store, with its defaults: a request
/// that one gateway gives no answer to goes to the next (<c>proxy_next_upstream error timeout</c>), and a body has a limit.
/// </summary>
public sealed class Nginx : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nginx-").FullName;
    private readonly int _port = FreePort.Find();
    private readonly Process _process;

    /// <param name="gateways">URLs, without a slash at their end.</param>
    /// <param name="mostBody">As nginx writes sizes; 0: any.</param>
    public Nginx(IEnumerable<string> gateways, string mostBody = "0")
    {
        File.WriteAllText($"{_directory}/nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{_directory}}/pid;
            error_log {{_directory}}/error.log;
            events {}
            http {
              access_log off;
              client_body_temp_path {{_directory}}/body;
              proxy_temp_path {{_directory}}/proxy;
              fastcgi_temp_path {{_directory}}/fastcgi;
              uwsgi_temp_path {{_directory}}/uwsgi;
              scgi_temp_path {{_directory}}/scgi;
              upstream gateways {
                {{string.Join('\n', gateways.Select(url => $"server {new Uri(url).Authority};"))}}
              }
              server {
                listen 127.0.0.1:{{_port}};
                client_max_body_size {{mostBody}};
                location / {
                  proxy_pass http://gateways;
                  proxy_set_header Host $http_host;
                }
              }
            }
            """);
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", _directory, "-e", $"{_directory}/error.log", "-c", $"{_directory}/nginx.conf"]))
            ?? throw new InvalidOperationException("nginx does not start; hack/install.sh installs it");
        Retry.Until("nginx listens", IsListening, TimeSpan.FromSeconds(30));
    }

    public string Url => $"http://127.0.0.1:{_port}";

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private bool IsListening()
    {
        if (_process.HasExited)
            throw new InvalidOperationException(File.ReadAllText($"{_directory}/error.log"));
        try
        {
            using var client = new TcpClient("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
