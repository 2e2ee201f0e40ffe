using System.Text.Json;
using Collector.Configuration;
using Collector.Pipeline.Diagnostics;

namespace Collector.Kubernetes;

/// <summary>The outcome of a question to the API.</summary>
internal enum ApiProbeResult
{
    /// <summary>The API answered.</summary>
    Fine,

    /// <summary>The API may answer another time, or from another place.</summary>
    Warning,

    /// <summary>Somebody must change something first.</summary>
    Refused,
}

/// <summary>
/// Asks the API once what the agent will ask, with the agent's identity: a list of one object, and the watch after it.
/// </summary>
internal static class ApiProbe
{
    /// <summary>Limit for one resource: a busy server answers within seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The shortest that the parameter has; only the answer's head is of interest.</summary>
    private static readonly TimeSpan WatchTime = TimeSpan.FromSeconds(1);

    /// <summary>A line a resource; none when the API is not to be used.</summary>
    public static async Task<IReadOnlyList<(ApiProbeResult Result, string Text)>> AskAsync(
        CollectorConfiguration config, Func<string, string?> variable, TimeSpan patience, CancellationToken cancellation)
    {
        var wanted = config.Kubernetes;
        if (ApiAccess.Find(wanted, variable) is not { } access)
        {
            return wanted.Enabled ? [(ApiProbeResult.Warning, "not asked, because the collector is not in a pod (KUBERNETES_SERVICE_HOST is not set) and kubernetes.kubeconfig is empty")] : [];
        }

        using var api = new ApiClient(access, metrics: null);
        var results = new List<(ApiProbeResult, string)> { await AskAsync(api, ResourceQuery.PodsOf(config.Node), patience, cancellation) };
        if (wanted.NamespaceLabels)
        {
            results.Add(await AskAsync(api, ResourceQuery.Namespaces, patience, cancellation));
        }

        if (wanted.NodeLabels)
        {
            results.Add(await AskAsync(api, ResourceQuery.Node(config.Node), patience, cancellation));
        }

        return results;
    }

    private static async Task<(ApiProbeResult Result, string Text)> AskAsync(ApiClient api, ResourceQuery query, TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        try
        {
            var (version, count) = await ListAsync(api, query, deadline.Token);
            using var watch = await api.GetAsync(KubernetesVerb.Watch, query.Watch(version, WatchTime), deadline.Token);
            return count > 0 ? (ApiProbeResult.Fine, Say(api, query, "may be listed and watched"))
                : (ApiProbeResult.Warning, Say(api, query, "may be listed and watched, but the list is empty; if the node name is not this node's name in Kubernetes, set node, or NODE_NAME from spec.nodeName"));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return (IsFinal(e) ? ApiProbeResult.Refused : ApiProbeResult.Warning, Say(api, query, Explain(e, query)));
        }
    }

    private static async Task<(string Version, int Count)> ListAsync(ApiClient api, ResourceQuery query, CancellationToken cancellation)
    {
        using var response = await api.GetAsync(KubernetesVerb.List, query.Probe(), cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var items = new List<ApiObject>();
        var page = await new ApiReader(_ => false).ReadListAsync(body, items, cancellation);
        return page.ResourceVersion is { Length: > 0 } version ? (version, items.Count) : throw new JsonException("the answer is not a list");
    }

    private static string Say(ApiClient api, ResourceQuery query, string what) =>
        $"{api.Target} {query.Path}{(query.FieldSelector.Length > 0 ? $" with {query.FieldSelector}" : "")}: {what}";

    /// <summary>
    /// Throttling, time-outs, 5xx and broken connections pass; everything else (a login page's redirect, too) stays until somebody
    /// changes it.
    /// </summary>
    private static bool IsFinal(Exception error) => error switch
    {
        ApiException e => e.Code is >= 300 and < 500 and not (StatusCodes.Status408RequestTimeout or StatusCodes.Status410Gone or StatusCodes.Status429TooManyRequests),
        HttpRequestException e => e.HttpRequestError == HttpRequestError.SecureConnectionError,
        _ => error is ApiAccessException or JsonException,
    };

    private static string Explain(Exception error, ResourceQuery query) => error switch
    {
        // The server's own words name the verb and the resource.
        ApiException { Code: StatusCodes.Status403Forbidden } => $"{error.Message}; allow the service account to get, list and watch {Path.GetFileName(query.Path)} in the whole cluster (a ClusterRole)",
        ApiException { Code: StatusCodes.Status401Unauthorized } => $"{error.Message}; the token or certificate is not valid for this cluster",
        JsonException => $"the server there is not a Kubernetes API: {error.Message}",
        _ => ApiClient.Reason(error),
    };
}
