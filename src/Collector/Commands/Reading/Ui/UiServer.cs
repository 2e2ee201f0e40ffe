using System.Text;
using Collector.Reading;
using Collector.Reading.Layout;

namespace Collector.Commands.Reading.Ui;

/// <summary>Answers the page's requests (DESIGN.md).</summary>
/// <param name="reader">The store; not disposed here.</param>
/// <param name="layout">The layout of its keys.</param>
/// <param name="guard">Decides which requests are allowed.</param>
/// <param name="clock">For relative times.</param>
/// <param name="error">Receives bugs of the program.</param>
internal sealed class UiServer(PatientReader reader, KeyLayout layout, UiGuard guard, TimeProvider clock, TextWriter error) : IDisposable
{
    /// <summary>Scripts, styles and requests of this origin; nothing else, and no markup made by a script.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly UiTurns _turns = new();

    public void Dispose() => _turns.Dispose();

    public async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        Guard(response);
        try
        {
            if (guard.Objection(request) is { } objection)
                await RefuseAsync(response, objection);
            else if (UiPage.Find(request.Path.Value ?? "") is { } file)
                await SendAsync(response, file.Type, file.Body);
            else if (!request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
                await RefuseAsync(response, (StatusCodes.Status404NotFound, "Not found."));
            else if (guard.ObjectionToData(request) is { } toData)
                await RefuseAsync(response, toData);
            else
                await AnswerDataAsync(context);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or does not read; nothing else is cancelled.
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The answer is cut, which the page shows; only this log has the reason.
            await error.WriteLineAsync($"A request for {request.Path} failed: {e}");
            context.Abort();
        }
    }

    private async Task AnswerDataAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Path == "/api/session")
        {
            guard.Admit(response);
            response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        Func<UiAnswer, UiQuestion, Task>? answer = request.Path.Value switch
        {
            "/api/containers" => (to, question) => to.ContainersAsync(question),
            "/api/container" => (to, question) => to.ContainerAsync(question),
            "/api/lines" => (to, question) => to.LinesAsync(question),
            _ => null,
        };
        if (answer is null)
        {
            await RefuseAsync(response, (StatusCodes.Status404NotFound, "Not found."));
            return;
        }

        if (!UiQuestion.TryRead(request.Query, clock.GetUtcNow(), out var question, out var mistake))
        {
            await RefuseAsync(response, (StatusCodes.Status400BadRequest, mistake));
            return;
        }

        using var place = _turns.TryEnter(question.Follows);
        if (place is null)
        {
            await RefuseAsync(response, (StatusCodes.Status429TooManyRequests, "Too many pages are open at once; close one."));
            return;
        }

        await using var to = new UiAnswer(context, reader, layout, _turns, clock);
        await to.TellAsync(() => answer(to, question));
    }

    private static void Guard(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private static Task RefuseAsync(HttpResponse response, (int Status, string Why) refusal)
    {
        response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status405MethodNotAllowed)
            response.Headers.Allow = "GET";
        return SendAsync(response, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(refusal.Why + "\n"));
    }

    private static Task SendAsync(HttpResponse response, string type, byte[] body)
    {
        response.ContentType = type;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }
}
