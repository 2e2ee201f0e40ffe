using System.Text;
using Collector.Pipeline.Diagnostics;
using Prometheus;
using Xunit;

namespace Collector.Tests.Kubernetes;

internal static class MetricsText
{
    /// <summary>What a scrape shows now.</summary>
    public static string Text(this CollectorMetrics metrics)
    {
        using var page = new MemoryStream();
        var scrape = metrics.ScrapeAsync(page, ExpositionFormat.PrometheusText, CancellationToken.None);
        Assert.True(scrape.IsCompletedSuccessfully, "nothing is waited for where nobody else scrapes and memory is written to");
        return Encoding.UTF8.GetString(page.ToArray());
    }
}
