using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Helpers;

public sealed class BooksTests
{
    private const string Page = """
        # HELP collector_records_read_total Records.
        # TYPE collector_records_read_total counter
        collector_records_read_total{source="containers"} 100
        collector_records_excluded_total{source="containers",reason="own"} 5
        collector_records_unmatched_total{source="containers"} 1
        collector_records_matched_total{output="default"} 94
        collector_records_recovered_total{output="default"} 6
        collector_buffer_records{output="default",state="open"} 10
        collector_buffer_records{output="default",state="sealed"} 2e1
        collector_records_dropped_total{output="default",reason="a \"quoted\" {reason}"} 7
        collector_records_uploaded_total{output="default"} 63 1795219200000
        collector_upload_duration_seconds_bucket{output="default",le="+Inf"} 3
        process_start_time_seconds 1.7e9

        """;

    [Fact]
    public void Balanced_books_have_no_imbalances() => Assert.Empty(Books.Imbalances(MetricsScrape.Parse(Page)));

    [Theory]
    [InlineData("uploaded_total{output=\"default\"} 63", "uploaded_total{output=\"default\"} 62")]
    [InlineData("read_total{source=\"containers\"} 100", "read_total{source=\"containers\"} 101")]
    public void A_record_too_few_or_too_many_is_told(string balanced, string wrong) =>
        Assert.Single(Books.Imbalances(MetricsScrape.Parse(Page.Replace(balanced, wrong, StringComparison.Ordinal))));

    [Fact]
    public void Sums_go_over_all_series_that_have_the_labels()
    {
        MetricsScrape scrape = MetricsScrape.Parse(Page);
        Assert.Equal(30, scrape.Sum("collector_buffer_records", ("output", "default")));
        Assert.Equal(20, scrape.Sum("collector_buffer_records", ("output", "default"), ("state", "sealed")));
        Assert.Equal("a \"quoted\" {reason}", scrape.Samples("collector_records_dropped_total").Single().Labels["reason"]);
    }

    [Fact]
    public void A_page_that_is_none_is_an_error() => Assert.Throws<FormatException>(() => MetricsScrape.Parse("<html>"));
}
