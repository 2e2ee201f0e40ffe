using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Prometheus;

namespace Collector.Endpoints;

/// <summary>The answers of the endpoints (contract §5).</summary>
public sealed class Responder
{
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Slow readers block nobody: the whole answer is held in memory first.</summary>
    private static readonly PipeOptions WholePage = new(pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly CollectorMetrics _metrics;
    private readonly Health _health;
    private readonly Readiness _readiness;
    private readonly Func<CancellationToken, Task<PipelineStatus>> _status;

    /// <param name="metrics">The metrics.</param>
    /// <param name="health">Whether the loops turn.</param>
    /// <param name="readiness">What the start still waits for.</param>
    /// <param name="status">All that the agent does now.</param>
    public Responder(CollectorMetrics metrics, Health health, Readiness readiness, Func<CancellationToken, Task<PipelineStatus>> status)
    {
        _metrics = metrics;
        _health = health;
        _readiness = readiness;
        _status = status;
    }

    internal Task RespondAsync(HttpContext context)
    {
        Func<HttpResponse, Task>? answer = context.Request.Path.Value switch
        {
            "/metrics" => MetricsAsync,
            "/healthz" => HealthAsync,
            "/readyz" => ReadyAsync,
            StatusDocument.Path => StatusAsync,
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

    // Rendered whole before the first byte is sent: a scraper that reads slowly holds a buffer, not the scrape. That is why the
    // middleware of prometheus-net.AspNetCore is not used: it writes to the scraper as it renders.
    private async Task MetricsAsync(HttpResponse response)
    {
        var format = FormatFor(response.HttpContext.Request);
        var page = new Pipe(WholePage);
        await _metrics.ScrapeAsync(page.Writer.AsStream(leaveOpen: true), format, response.HttpContext.RequestAborted);
        await page.Writer.CompleteAsync();
        page.Reader.TryRead(out var whole);
        response.ContentType = format == ExpositionFormat.OpenMetricsText
            ? PrometheusConstants.OpenMetricsContentTypeWithVersionAndEncoding
            : PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        response.ContentLength = whole.Buffer.Length;
        foreach (var part in whole.Buffer)
        {
            response.BodyWriter.Write(part.Span);
        }

        await page.Reader.CompleteAsync();
        await response.BodyWriter.FlushAsync();
    }

    /// <summary>OpenMetrics for clients that name it and do not prefer the text format, which all others get.</summary>
    private static ExpositionFormat FormatFor(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Weight(PrometheusConstants.OpenMetricsContentType) is > 0 and var weight && weight >= Weight(PrometheusConstants.TextContentType)
            ? ExpositionFormat.OpenMetricsText
            : ExpositionFormat.PrometheusText;

        // RFC 9110 §12.4.2: without a weight it is 1.
        double Weight(string type) => accepted.Where(a => a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Select(a => a.Quality ?? 1).DefaultIfEmpty().Max();
    }

    private Task HealthAsync(HttpResponse response)
    {
        var stalled = _health.Stalled();
        return stalled.Count == 0
            ? TextAsync(response, StatusCodes.Status200OK, ["ok"])
            : TextAsync(
                response,
                StatusCodes.Status503ServiceUnavailable,
                stalled.Select(loop => $"{loop.Loop}: has made no progress for {loop.Silence.TotalSeconds:F0} s"));
    }

    /// <summary>It names pods and the texts of store errors, which not everybody who reaches the port may see.</summary>
    private async Task StatusAsync(HttpResponse response)
    {
        var connection = response.HttpContext.Connection;
        if (connection.RemoteIpAddress is not { } asker || !(IPAddress.IsLoopback(asker) || asker.Equals(connection.LocalIpAddress)))
        {
            await TextAsync(response, StatusCodes.Status403Forbidden, ["/status answers on loopback only; run: collector status (in the agent's pod: kubectl exec)"]);
            return;
        }

        var status = await _status(response.HttpContext.RequestAborted);
        var body = StatusDocument.Write(status, NotReady(status.Books), _health.Stalled());
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private List<string> NotReady(BooksSnapshot books) =>
    [
        .. _readiness.Missing().Select(item => $"{item.Condition.ToString().ToLowerInvariant()}: {item.Why}"),
        .. books.Outputs.Where(output => output.Figures.Full is { IsDropping: false })
            .Select(output => $"output {output.Book.Name} does not take records: {output.Figures.Full!.Why}; {output.Figures.Full.Remedy}"),
    ];

    private Task ReadyAsync(HttpResponse response)
    {
        var missing = NotReady(_metrics.Books.Snapshot());
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
