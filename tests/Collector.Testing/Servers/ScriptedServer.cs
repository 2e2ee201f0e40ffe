using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Collector.Testing.Servers;

/// <summary>A request as it arrived. Header names are in lower case.</summary>
public sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>A header's value; empty when it is not there.</summary>
    public string this[string name] => Headers.TryGetValue(name, out var value) ? value : "";

    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>What a <see cref="ScriptedServer"/> answers.</summary>
public sealed record Answer(int Status, string Body = "", params (string Name, string Value)[] Headers)
{
    /// <summary>An error of S3.</summary>
    public static Answer S3(int status, string code, string message = "words", params (string Name, string Value)[] headers) =>
        new(status, $"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>", [("Content-Type", "application/xml"), .. headers]);
}

/// <summary>An HTTP server on loopback that answers as it is told, and keeps what it was asked.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    private ScriptedServer(Func<ReceivedRequest, Answer> serve, X509Certificate2? certificate) =>
        _server = LoopbackServer.Start(context => ServeAsync(context, serve), certificate);

    public Uri Endpoint => new(_server.Url);

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static ScriptedServer Start(Func<ReceivedRequest, Answer> serve, X509Certificate2? certificate = null) => new(serve, certificate);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(HttpContext context, Func<ReceivedRequest, Answer> serve)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = new ReceivedRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal),
            body.ToArray());
        _requests.Enqueue(request);
        var answer = serve(request);
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(answer.Body);
    }
}
