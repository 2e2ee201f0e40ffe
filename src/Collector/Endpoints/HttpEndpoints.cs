using System.Net;
using System.Net.Sockets;
using Collector.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Collector.Endpoints;

/// <summary>
/// Serves HTTP: <c>/metrics</c>, <c>/healthz</c>, <c>/readyz</c> and, to this machine alone, <c>/status</c> on
/// <c>telemetry.listen</c>; or the pages of another command. It reads no configuration file or environment variable, logs nothing
/// and handles no signals: SIGTERM belongs to the collector, and the endpoints answer until the drain is over.
/// </summary>
public sealed class HttpEndpoints : IAsyncDisposable
{
    // A scraper, a kubelet and a few people need a handful of connections. The limit bounds the cost of connections that are held
    // open.
    private const int MaxConnections = 128;

    // Requests have no body here, and only the headers that a proxy adds.
    private const int MaxHeaderBytes = 16 * 1024;

    // All clients are near, and return after many seconds. An idle connection is closed soon.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

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

    /// <summary>Listens and returns. Throws <see cref="ListenException"/> if it cannot listen on the address.</summary>
    public static Task<HttpEndpoints> StartAsync(ListenAddress address, Responder responder) =>
        StartAsync(address, "telemetry.listen", responder.RespondAsync);

    /// <summary>The same with other answers. A signal to stop does not end it: what listens answers during the drain, too.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="setting">The setting's name, for messages.</param>
    /// <param name="answer">Answers each request; many at once.</param>
    public static async Task<HttpEndpoints> StartAsync(ListenAddress address, string setting, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var connections = new OpenConnections(MaxConnections);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, address, connections));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, answer, connections));
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new ListenException(setting, address, e);
        }

        return new HttpEndpoints(app);
    }

    /// <summary>Stops listening; a request that is being answered is cut off.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate answer, OpenConnections connections)
    {
        connections.SetBusy(context.Connection.Id, true);
        try
        {
            await answer(context);
        }
        finally
        {
            connections.SetBusy(context.Connection.Id, false);
        }
    }

    private static void Configure(KestrelServerOptions options, ListenAddress address, OpenConnections connections)
    {
        options.AddServerHeader = false;
        options.Limits.KeepAliveTimeout = KeepAlive;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        if (address.Address is null)
        {
            options.ListenAnyIP(address.Port, Prepare);
        }
        else
        {
            options.Listen(new IPEndPoint(address.Address, address.Port), Prepare);
        }

        void Prepare(ListenOptions listen)
        {
            // HTTP/2 would want TLS, or be one more protocol to attack.
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => connections.RunAsync(connection, next));
        }
    }

    /// <summary>Replaces the console lifetime, which would stop the endpoints at SIGTERM, before the drain.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
