using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.EndToEnd.Helpers;
using Collector.Testing.Oracle;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Sources;

/// <summary>
/// What kubelet 1.36 and containerd 2.1 left on a node (Data/node-logs.tar.gz): rotated and gzipped logs, a crash loop, split lines, a static pod.
/// </summary>
public sealed class RealNodeTests : IDisposable
{
    // A split line that its program never ended is a record after a minute without its end.
    private static readonly TimeSpan PartialsPatience = TimeSpan.FromMinutes(4);

    private readonly Stage stage = new();
    private readonly List<NodeRecord> expected;

    public RealNodeTests()
    {
        RealNode.Unpack(stage);
        expected = [.. NodeReader.ReadAll(stage.Tree.Pods)];
    }

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Once_stores_every_whole_record_as_it_was_written_and_nothing_the_second_time()
    {
        Assert.Equal(0, stage.RunOnce());
        AssertStored(expected.Where(r => !r.Partial));
        IReadOnlyList<string> keys = StoredRecords.Keys(stage.Objects);

        Assert.Equal(0, stage.RunOnce());

        Assert.Equal(keys, StoredRecords.Keys(stage.Objects));
    }

    [Fact]
    public void Run_also_stores_the_last_line_of_a_program_that_never_ended_it()
    {
        Assert.Contains(expected, r => r.Partial);
        Agent agent = stage.Start();
        Retry.Until("everything is stored", () => agent.Scrape().Sum("collector_records_uploaded_total") >= expected.Count, PartialsPatience);
        AssertStored(expected);
        MetricsScrape scrape = agent.Scrape();
        Assert.Equal(expected.Count, scrape.Sum("collector_records_read_total"));
        Assert.Equal(expected.Count(r => r.Partial), scrape.Sum("collector_records_partial_total"));
        agent.Stop();
    }

    private void AssertStored(IEnumerable<NodeRecord> records)
    {
        ILookup<string, NodeRecord> stored = StoredRecords.All(stage.Objects).Select(Read).ToLookup(StreamOf);
        ILookup<string, NodeRecord> written = records.ToLookup(StreamOf);
        Assert.Equal(written.Select(s => s.Key).Order(StringComparer.Ordinal), stored.Select(s => s.Key).Order(StringComparer.Ordinal));
        foreach (IGrouping<string, NodeRecord> stream in written) Assert.Equal(stream, stored[stream.Key]);
    }

    private static string StreamOf(NodeRecord record) => $"{record.Namespace}/{record.Pod}/{record.Uid}/{record.Container}/{record.Stream}";

    private static NodeRecord Read(JsonElement record)
    {
        JsonElement pod = record.GetProperty("kubernetes");
        return new NodeRecord(
            Text(pod, "namespace_name"), Text(pod, "pod_name"), Text(pod, "pod_id"), Text(pod, "container_name"),
            Text(record, "time"), Text(record, "stream"), Text(record, "log"), record.TryGetProperty("partial", out _));

        static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
    }
}
