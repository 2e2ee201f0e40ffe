using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Oracle;
using Xunit;

namespace Collector.EndToEnd.Records;

/// <summary>What stands in the records (contract §3).</summary>
public sealed class RecordTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void A_container_record_has_the_contracts_fields_in_its_order()
    {
        stage.More = "cluster: dev";
        new PodLog(stage.Tree, "cart-7d9f", uid: "u-1").Write("hello");
        Assert.Equal(0, stage.RunOnce());
        Assert.Equal(
            """{"time":"2026-11-21T00:00:00.000000001Z","stream":"stdout","log":"hello","log_type":"application","log_source":"container","cluster":"dev","hostname":"node1","kubernetes":{"namespace_name":"shop","pod_name":"cart-7d9f","pod_id":"u-1","container_name":"app","docker_id":"ID","restart_count":0,"host":"node1"}}"""
                .Replace("ID", PodLog.Id, StringComparison.Ordinal),
            Assert.Single(StoredRecords.Lines(stage.Objects)));
    }

    [Fact]
    public void ParseJson_adds_the_object_under_fields_and_leaves_other_lines_alone()
    {
        stage.Sources = [stage.ContainersSource("parseJson: true")];
        new PodLog(stage.Tree).Write("""{"level":"info","n":[1, {"x":null}],"time":"inner"}""", "plain", "[1]", """{"cut":""");
        Assert.Equal(0, stage.RunOnce());
        IReadOnlyList<JsonElement> records = StoredRecords.All(stage.Objects);
        JsonElement fields = records[0].GetProperty("fields");
        Assert.Equal(("info", "inner", 1), (fields.GetProperty("level").GetString(), fields.GetProperty("time").GetString(), fields.GetProperty("n")[0].GetInt32()));
        Assert.Equal("""{"level":"info","n":[1, {"x":null}],"time":"inner"}""", records[0].GetProperty("log").GetString());
        Assert.All(records.Skip(1), r => Assert.False(r.TryGetProperty("fields", out _)));
        Assert.Equal(4, records.Count);
    }

    [Fact]
    public void The_collectors_fields_win_over_those_of_a_json_file()
    {
        File.WriteAllText(
            stage.Sub("audit.log"),
            """
            {"time":"theirs","at":"2026-11-20T10:00:00.5Z","user":"eve","hostname":"other","log_type":"fake","kubernetes":{"pod_name":"forged"},"_hostname":"taken"}
            no json

            """);
        stage.Sources = [$"{{type: file, name: audit, path: {stage.Sub("audit.log")}, parser: json, timeField: at, logType: audit, logSource: apiserver}}"];
        Assert.Equal(0, stage.RunOnce());
        IReadOnlyList<JsonElement> records = StoredRecords.All(stage.Objects);
        Assert.Equal(2, records.Count);
        Assert.Equal(
            ("2026-11-20T10:00:00.5Z", "eve", "node1", "audit", "apiserver"),
            (Text(records[0], "time"), Text(records[0], "user"), Text(records[0], "hostname"), Text(records[0], "log_type"), Text(records[0], "log_source")));
        Assert.Equal(("theirs", "fake"), (Text(records[0], "_time"), Text(records[0], "_log_type")));
        Assert.Equal("forged", records[0].GetProperty("_kubernetes").GetProperty("pod_name").GetString());
        Assert.False(records[0].TryGetProperty("kubernetes", out _));
        Assert.Equal(records[0].EnumerateObject().Count(), records[0].EnumerateObject().Select(p => p.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("other", records[0].EnumerateObject().Where(p => p.Name.EndsWith("_hostname", StringComparison.Ordinal)).Select(p => p.Value.GetString()));
        Assert.Equal("no json", Text(records[1], "log"));
    }

    [Fact]
    public void An_unterminated_last_line_of_a_file_is_a_record_after_flushPartialAfter_and_never_twice()
    {
        File.WriteAllText(stage.Sub("app.log"), "whole\nhalf");
        stage.Sources = [$"{{type: file, name: app, path: {stage.Sub("app.log")}, flushPartialAfter: 200ms}}"];
        Agent agent = stage.Start();
        agent.AwaitUploaded(2);
        File.AppendAllText(stage.Sub("app.log"), "\nnext\n");
        agent.AwaitUploaded(3);
        agent.Stop();
        Assert.Equal(["whole", "half", "next"], StoredRecords.Texts(stage.Objects));
    }

    [Fact]
    public void Marks_are_set_and_counted_and_the_counters_are_the_files_numbers()
    {
        stage.Sources = [stage.ContainersSource("maxRecordSize: 1kB")];
        PodLog log = new PodLog(stage.Tree).Write("fine", new string('l', 3000)).WriteRaw("not a runtime line\n");
        using (FileStream file = File.Open(log.FilePath, FileMode.Append)) file.Write([.. "2026-11-21T00:00:00Z stderr F "u8, 0xff, (byte)'\n']);
        log.Write("end");
        Agent agent = stage.Start();
        agent.AwaitUploaded(5);

        MetricsScrape scrape = agent.Scrape();
        Assert.Equal(
            (5, new FileInfo(log.FilePath).Length, 1, 1, 1, 0),
            (Read(scrape, "records_read"), Read(scrape, "bytes_read"), Read(scrape, "records_truncated"), Read(scrape, "records_unparsed"), Read(scrape, "records_invalid_utf8"), Read(scrape, "records_partial")));
        IReadOnlyList<JsonElement> records = StoredRecords.All(stage.Objects);
        Assert.Equal(["fine", new string('l', 1000), "not a runtime line", "\ufffd", "end"], records.Select(r => Text(r, "log")));
        Assert.True(records[1].GetProperty("truncated").GetBoolean());
        Assert.True(records[2].GetProperty("unparsed").GetBoolean());
        Assert.Equal("stderr", Text(records[3], "stream"));
    }

    private static long Read(MetricsScrape scrape, string name) => (long)scrape.Sum($"collector_{name}_total", ("source", "containers"));

    private static string Text(JsonElement record, string name) => record.GetProperty(name).GetString()!;
}
