namespace Collector.Testing.Oracle;

/// <summary>The equations of contract §5, over one scrape.</summary>
public static class Books
{
    /// <summary>Every equation that does not hold, with its figures; empty when the books balance.</summary>
    public static IReadOnlyList<string> Imbalances(MetricsScrape scrape)
    {
        var wrong = new List<string>();
        List<string> outputs = [.. scrape.Samples("collector_records_matched_total").Select(s => s.Labels["output"]).Distinct(StringComparer.Ordinal)];
        foreach (string output in outputs) AddOutput(wrong, scrape, output);
        AddReading(wrong, scrape, outputs);
        return wrong;
    }

    // recovered + matched = dropped + buffer (all states) + uploaded
    private static void AddOutput(List<string> wrong, MetricsScrape scrape, string output)
    {
        double Of(string name) => scrape.Sum(name, ("output", output));
        double recovered = Of("collector_records_recovered_total"), matched = Of("collector_records_matched_total");
        double dropped = Of("collector_records_dropped_total"), buffered = Of("collector_buffer_records"), uploaded = Of("collector_records_uploaded_total");
        if (recovered + matched != dropped + buffered + uploaded)
            wrong.Add($"output {output}: recovered {recovered} + matched {matched} != dropped {dropped} + buffer {buffered} + uploaded {uploaded}");
    }

    // read = excluded + unmatched + matched by at least one. There is no counter for the last: it lies between the
    // largest of the outputs' and their sum, which with one output are the same.
    private static void AddReading(List<string> wrong, MetricsScrape scrape, List<string> outputs)
    {
        double read = scrape.Sum("collector_records_read_total");
        double rest = read - scrape.Sum("collector_records_excluded_total") - scrape.Sum("collector_records_unmatched_total");
        double[] matched = [.. outputs.Select(o => scrape.Sum("collector_records_matched_total", ("output", o)))];
        if (rest < matched.DefaultIfEmpty().Max() || rest > matched.Sum())
            wrong.Add($"read {read}, of which {rest} not excluded or unmatched; matched {string.Join(", ", matched)}");
    }
}
