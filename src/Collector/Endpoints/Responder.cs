using System.Buffers;
using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;

namespace Collector.Endpoints;

/// <summary>What the endpoints answer (contract §5).</summary>
public sealed class Responder
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string MetricsText = "text/plain; version=0.0.4; charset=utf-8";

    private readonly CollectorMetrics _metrics;
    private readonly Health _health;
    private readonly Readiness _readiness;

    public Responder(CollectorMetrics metrics, Health health, Readiness readiness)
    {
        _metrics = metrics;
        _health = health;
        _readiness = readiness;
    }

    internal Task RespondAsync(HttpContext context)
    {
        Func<HttpResponse, Task>? answer = context.Request.Path.Value switch
        {
            "/metrics" => MetricsAsync,
            "/healthz" => HealthAsync,
            "/readyz" => ReadyAsync,
            _ => null,
        };
        if (answer is null)
            return TextAsync(context.Response, StatusCodes.Status404NotFound, ["not found"]);

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return TextAsync(context.Response, StatusCodes.Status405MethodNotAllowed, ["method not allowed"]);
        }

        context.Response.Headers.CacheControl = "no-store";
        return answer(context.Response);
    }

    // Rendered whole before the first byte is sent: a scraper that reads slowly holds a buffer, not the scrape.
    private async Task MetricsAsync(HttpResponse response)
    {
        using var body = new ByteBuffer(64 * 1024);
        _metrics.Scrape(body);
        response.ContentType = MetricsText;
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body.Written);
        await response.BodyWriter.FlushAsync();
    }

    private Task HealthAsync(HttpResponse response)
    {
        var stalled = _health.Stalled();
        return stalled.Count == 0
            ? TextAsync(response, StatusCodes.Status200OK, ["ok"])
            : TextAsync(
                response,
                StatusCodes.Status503ServiceUnavailable,
                stalled.Select(loop => $"{loop.Loop}: has not turned for {loop.Silence.TotalSeconds:F0} s"));
    }

    private Task ReadyAsync(HttpResponse response)
    {
        List<string> missing =
        [
            .. _readiness.Missing().Select(item => $"{item.Condition.ToString().ToLowerInvariant()}: {item.Why}"),
            .. _metrics.Books.Snapshot().Outputs.Where(output => output.Figures.Full is { IsDropping: false })
                .Select(output => $"output {output.Book.Name} does not take records: {output.Figures.Full!.Why}; {output.Figures.Full.Remedy}"),
        ];
        return missing.Count == 0
            ? TextAsync(response, StatusCodes.Status200OK, ["ok"])
            : TextAsync(response, StatusCodes.Status503ServiceUnavailable, missing);
    }

    private static Task TextAsync(HttpResponse response, int status, IEnumerable<string> lines)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        response.StatusCode = status;
        response.ContentType = PlainText;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }
}
