using System.Collections.Concurrent;
using Collector.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace Collector.Benchmarks;

/// <summary>
/// An S3 endpoint that costs as little as it can: it takes every PUT, keeps the key and forgets the body. Create-if-absent is
/// honoured (412); signatures are not looked at. It runs in the benchmark's process, so its CPU time is not the agent's.
/// </summary>
internal sealed class LoopbackS3 : IAsyncDisposable
{
    private const int Piece = 256 * 1024;
    private readonly ConcurrentDictionary<string, bool> _keys = new(StringComparer.Ordinal);
    private readonly LoopbackServer _server;

    public LoopbackS3() => _server = LoopbackServer.Start(AnswerAsync);

    /// <summary>Everything is answered 503, as by a store that is away.</summary>
    public bool IsAway { get; set; }

    /// <summary>The output's <c>store</c> for it.</summary>
    public string Store =>
        $"{{type: s3, bucket: bench, region: us-east-1, endpoint: '{_server.Url}', forcePathStyle: true, authentication: {{type: accessKey, accessKeyId: bench, secretAccessKey: bench}} }}";

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var buffer = new byte[Piece];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) > 0)
        {
        }

        var response = context.Response;
        response.StatusCode = IsAway ? StatusCodes.Status503ServiceUnavailable
            : context.Request.Method != "PUT" ? StatusCodes.Status405MethodNotAllowed
            : _keys.TryAdd(context.Request.Path, true) ? StatusCodes.Status200OK
            : StatusCodes.Status412PreconditionFailed;

        // Stored, and already there, are what the store says of an object in its own words (I13).
        if (response.StatusCode == StatusCodes.Status200OK)
        {
            response.Headers.ETag = "\"0123456789abcdef0123456789abcdef\"";
        }
        else if (response.StatusCode == StatusCodes.Status412PreconditionFailed)
        {
            response.ContentType = "application/xml";
            await response.WriteAsync("<Error><Code>PreconditionFailed</Code></Error>", context.RequestAborted);
        }
    }
}
