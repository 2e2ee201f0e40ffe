using Collector.Testing.Oracle;

namespace Collector.Torture;

/// <summary>Asks whoever listens at the collector's address for its metrics.</summary>
internal sealed class MetricsClient(string address) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly Uri _page = new($"http://{address}/metrics");

    /// <summary>Null: nobody answers.</summary>
    public MetricsScrape? TryScrape()
    {
        try
        {
            return MetricsScrape.Parse(_http.GetStringAsync(_page).GetAwaiter().GetResult());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
