using System.Text.Json;
using Collector.EndToEnd.Harness;
using Collector.Testing.Processes;
using Xunit;

namespace Collector.EndToEnd.Commands;

/// <summary><c>collector explain PATH</c> beside what the agent of the same configuration has done.</summary>
public sealed class ExplainTests : IDisposable
{
    private readonly Stage stage = new();

    public void Dispose() => stage.Dispose();

    /// <summary>The record is the stored one, byte for byte: the last that is whole, with all that the source adds.</summary>
    [Theory]
    [InlineData("", "plain text, \\\"quoted\\\" \\t")]
    [InlineData("parseJson: true, sourceName: true", "{\\\"level\\\":\\\"info\\\",\\\"n\\\":1}")]
    public void The_record_of_a_containers_log_is_the_one_that_is_stored(string more, string text)
    {
        stage.Sources = [stage.ContainersSource(more)];
        var log = new PodLog(stage.Tree).Write("first", "second", text.Replace("\\\"", "\"", StringComparison.Ordinal));
        Assert.Equal(0, stage.RunOnce());

        JsonElement file = Explain(log.FilePath);

        Assert.Equal(StoredRecords.Lines(stage.Objects)[^1], file.GetProperty("record").GetRawText());
        Assert.Equal(Length(log), Output(file).GetProperty("storedTo").GetInt64());
        Assert.Equal(Length(log), Output(file).GetProperty("bufferedTo").GetInt64());
    }

    [Theory]
    [InlineData("", "a line")]
    [InlineData(", parser: json, timeField: ts", "{\"ts\":\"2026-11-21T01:02:03Z\",\"msg\":\"hello\"}")]
    public void So_is_that_of_a_file_but_for_the_time_of_reading(string more, string line)
    {
        stage.Sources = [$"{{name: app, type: file, path: '{stage.Root}/app/*.log'{more}}}"];
        Directory.CreateDirectory(stage.Sub("app"));
        string path = stage.Sub("app/web.log");
        File.WriteAllText(path, $"first\n{line}\n");
        Assert.Equal(0, stage.RunOnce());

        string record = Explain(path).GetProperty("record").GetRawText();

        Assert.Equal(WithoutTime(StoredRecords.Lines(stage.Objects)[^1]), WithoutTime(record));
        Assert.Equal(more.Length > 0, record.Contains("2026-11-21T01:02:03Z", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_store_does_not_take_is_buffered_and_what_came_since_is_neither()
    {
        var log = new PodLog(stage.Tree).Write("one");
        Assert.Equal(0, stage.RunOnce());
        var (stored, known) = (Length(log), Output(Explain(log.FilePath)).GetProperty("generation").GetString());
        log.Write("two");
        Directory.Move(stage.Objects, stage.Sub("away"));
        File.WriteAllText(stage.Objects, "no directory");
        Assert.Equal(1, stage.RunOnce());
        long buffered = Length(log);
        log.Write("three");

        JsonElement output = Output(Explain(log.FilePath));

        Assert.Equal((stored, buffered, known), (output.GetProperty("storedTo").GetInt64(), output.GetProperty("bufferedTo").GetInt64(), output.GetProperty("generation").GetString()));
        string text = CommandRun.Collector("explain", "-c", stage.ConfigPath, log.FilePath).Output;
        Assert.Contains($"\n  generation {known}: known by its inode\n", text, StringComparison.Ordinal);
        Assert.Contains($", because the output has no match, so it gets everything\n    stored up to byte {stored}, buffered up to byte {buffered} of {Length(log)}\n    key ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_running_agent_is_looked_at_without_a_harm_to_it()
    {
        var log = new PodLog(stage.Tree).Write("one");
        Agent agent = stage.Start();
        Retry.Until(
            "the line is in the buffer",
            () => Output(Explain(log.FilePath)).TryGetProperty("bufferedTo", out JsonElement to) && to.GetInt64() == Length(log),
            TimeSpan.FromSeconds(30));
        agent.Stop();
        Assert.Equal(["one"], StoredRecords.Texts(stage.Objects));
    }

    private JsonElement Explain(string path)
    {
        CommandRun run = CommandRun.Collector("explain", "--json", "-c", stage.ConfigPath, path);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        return JsonSerializer.Deserialize<JsonElement>(run.Output);
    }

    private static JsonElement Output(JsonElement file) => Assert.Single(file.GetProperty("outputs").EnumerateArray());

    private static long Length(PodLog log) => new FileInfo(log.FilePath).Length;

    private static string WithoutTime(string record) => record[record.IndexOf(',', StringComparison.Ordinal)..];
}
