using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Collector.Testing.Kubernetes;

/// <summary>A request as it was answered; 0: it was given no answer.</summary>
public sealed record ApiRequest(string Verb, string Resource, string Query, int Code);

/// <summary>
/// A Kubernetes API server for pods, namespaces and nodes, as strict as the real one where a client can get it wrong. The rules,
/// with their source:
/// <list type="bullet">
/// <item>Without a valid bearer token or client certificate 401; a verb that no rule allows 403, with the real server's words
/// (reference/access-authn-authz; recorded answers of 1.36).</item>
/// <item>Lists are complete as of one resource version; <c>limit</c> pages them, but not one of version 0 from the watch cache; a
/// version without <c>limit</c> is "not older than", with it "exactly", which is refused here; <c>continue</c> is valid only
/// without <c>resourceVersion</c>, and 410, with another token, once that version is compacted (reference/using-api/api-concepts,
/// "Retrieving large results sets in chunks" and the table of list semantics; recorded).</item>
/// <item>A watch tells every change behind its <c>resourceVersion</c>, once, in order; one that is compacted gets 200 and an ERROR
/// event of code 410 (api-concepts, "410 Gone responses"; recorded). Bookmarks come only where they are allowed. An object
/// that leaves the selector is DELETED. After <c>timeoutSeconds</c> the stream ends between two events.</item>
/// <item>A field selector that the resource does not support, a version that is no number and one of the future are refused
/// (400; 504 with <c>Retry-After</c> and the cause, api-concepts, "Unavailable resource versions"), and so is who takes no JSON
/// (406). A watch of the future is accepted, and silent until that version has come: no change, no bookmark.</item>
/// </list>
/// Disposing it ends the connections that there are.
/// </summary>
public sealed class FakeApi : IAsyncDisposable
{
    private readonly ConcurrentQueue<ApiRequest> requests = new();
    private readonly TestAuthority? authority;
    private WebApplication? app;
    private int port;
    private CancellationTokenSource life = new();

    /// <param name="authority">Signs its certificate, and clients'; null: plain HTTP.</param>
    public FakeApi(TestAuthority? authority = null)
    {
        this.authority = authority;
        Certificate = authority?.SignServer();
    }

    public ApiStore Store { get; } = new();

    public Uri Address => new($"{(authority is null ? "http" : "https")}://127.0.0.1:{port}");

    /// <summary>What connections from now on are shown.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The bearer tokens that are good now.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new() { ["good"] = true };

    /// <summary>What is allowed: verb and resource.</summary>
    public HashSet<(string Verb, string Resource)> Rules { get; } = [("get", "pods"), ("list", "pods"), ("watch", "pods")];

    public ApiFaults Faults { get; } = new();

    public IReadOnlyList<ApiRequest> Requests => [.. requests];

    /// <summary>Starts, again at the same port after <see cref="StopAsync"/>.</summary>
    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                if (authority is not null)
                {
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificateSelector = (_, _) => Certificate;
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.ClientCertificateValidation = (_, _, _) => true;
                    });
                }
            });
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        life = new CancellationTokenSource();
        app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        port = new Uri(app.Urls.First()).Port;
    }

    /// <summary>As a server that is gone: connections are refused.</summary>
    public async Task StopAsync()
    {
        if (app is null) return;
        await life.CancelAsync();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        app = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        life.Dispose();
        Faults.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (verb, resource) = Classify(context.Request);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, life.Token);
        var answer = new ApiAnswer(context, Store, Faults, end.Token);
        try
        {
            if (await Faults.TryAnswerAsync(context, verb)) return;
            Authorize(context, verb, resource);
            await answer.GiveAsync(verb, resource);
        }
        catch (ApiStatusException e)
        {
            await answer.RefuseAsync(e);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            requests.Enqueue(new ApiRequest(verb, resource, context.Request.QueryString.Value ?? "", context.Response.StatusCode));
        }
    }

    private static (string Verb, string Resource) Classify(HttpRequest request)
    {
        string[] parts = (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not ["api", "v1", ..]) return ("", "");
        bool isOne = parts.Length is 4 or 6;
        string resource = parts.Length > 4 ? parts[4] : parts.Length > 2 ? parts[2] : "";
        return (isOne ? "get" : request.Query["watch"] == "true" || request.Query["watch"] == "1" ? "watch" : "list", resource);
    }

    private void Authorize(HttpContext context, string verb, string resource)
    {
        string header = context.Request.Headers.Authorization.ToString();

        // As a real one's: whichever knows somebody is enough.
        bool isKnown = (header.StartsWith("Bearer ", StringComparison.Ordinal) && Tokens.ContainsKey(header[7..]))
            || (context.Connection.ClientCertificate is { } client && authority!.HasSigned(client));
        if (!isKnown) throw new ApiStatusException(401, "Unauthorized", "Unauthorized");
        if (!Rules.Contains((verb, resource)))
        {
            throw new ApiStatusException(
                403, "Forbidden", $"{resource} is forbidden: User \"system:serviceaccount:logging:collector\" cannot {verb} resource \"{resource}\" in API group \"\" at the cluster scope");
        }
    }

}
