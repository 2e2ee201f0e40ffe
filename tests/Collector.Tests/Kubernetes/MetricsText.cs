using System.Text;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;

namespace Collector.Tests.Kubernetes;

internal static class MetricsText
{
    /// <summary>What a scrape shows now.</summary>
    public static string Text(this CollectorMetrics metrics)
    {
        using var body = new ByteBuffer();
        metrics.Scrape(body);
        return Encoding.UTF8.GetString(body.Written);
    }
}
