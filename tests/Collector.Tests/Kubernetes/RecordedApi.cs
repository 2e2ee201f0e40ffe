using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Collector.Tests.Kubernetes;

/// <summary>
/// Gives the recorded answers of a real server, one a request in the order that a test says, byte for byte; the real server's
/// rules are in them. A request behind the last one is not answered.
/// </summary>
internal sealed class RecordedApi : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _queries = new();
    private readonly ConcurrentQueue<(string File, int Code)> _answers = new();
    private readonly CancellationTokenSource _end = new();
    private WebApplication? _app;

    /// <summary>Paths and queries that were asked for.</summary>
    public IReadOnlyList<string> Queries => [.. _queries];

    public Uri Address => new(_app!.Urls.First());

    public RecordedApi Answer(string file, int code = StatusCodes.Status200OK)
    {
        _answers.Enqueue((file, code));
        return this;
    }

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app!.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _end.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        _queries.Enqueue(context.Request.Path + context.Request.QueryString);
        if (!_answers.TryDequeue(out var answer))
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, context.RequestAborted);
            await Task.Delay(Timeout.Infinite, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Code;
        context.Response.ContentType = "application/json";
        await context.Response.SendFileAsync(Recorded.PathOf(answer.File), context.RequestAborted);
    }
}
