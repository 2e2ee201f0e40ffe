using System.Net;
using System.Net.Sockets;
using Collector.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Collector.Endpoints;

/// <summary>
/// Serves <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> on <c>telemetry.listen</c>, and nothing else. It reads no
/// configuration file or environment variable, logs nothing and takes no signals: SIGTERM belongs to the collector, and
/// the endpoints answer until the drain is over.
/// </summary>
public sealed class HttpEndpoints : IAsyncDisposable
{
    // A scraper, a kubelet and a few people need a handful. The rest is for connections that somebody holds open, so that
    // the kubelet's probe still gets through; it bounds what those cost.
    private const int MaxConnections = 256;

    // No request here has a body, or headers beyond what a proxy adds.
    private const int MaxHeaderBytes = 16 * 1024;

    // Everyone who asks is near. A connection that asks nothing is given up soon.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;

    private HttpEndpoints(WebApplication app) => _app = app;

    /// <summary>The port that is listened on: the free one that was found when <see cref="ListenAddress.Port"/> is 0.</summary>
    public int Port
    {
        get
        {
            var server = _app.Services.GetRequiredService<IServer>();
            return new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()).Port;
        }
    }

    /// <summary>Listens and returns. Throws <see cref="ListenException"/> when the address cannot be had.</summary>
    public static async Task<HttpEndpoints> StartAsync(ListenAddress address, Responder responder, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, address));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.Run(responder.RespondAsync);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new ListenException(address, e);
        }

        return new HttpEndpoints(app);
    }

    /// <summary>Stops listening; a request that is being answered is cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions options, ListenAddress address)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        if (address.Address is null)
        {
            options.ListenAnyIP(address.Port, Http1);
        }
        else
        {
            options.Listen(new IPEndPoint(address.Address, address.Port), Http1);
        }
    }

    // HTTP/2 would want TLS, or be one more protocol to attack.
    private static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    /// <summary>In place of the console's, which would stop the endpoints at SIGTERM, before the drain.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
