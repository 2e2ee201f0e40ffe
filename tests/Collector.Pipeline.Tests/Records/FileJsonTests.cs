using System.Text;
using System.Text.Json;
using Collector.Pipeline.Records;
using Xunit;

namespace Collector.Pipeline.Tests.Records;

public sealed class FileJsonTests
{
    private const string Read = "2026-11-20T10:00:00Z";

    [Theory]
    [InlineData("{\"b\": 1.50,\"a\":{\"x\":[]}}", "\"b\": 1.50,\"a\":{\"x\":[]}")]
    [InlineData(" { \"a\" : 1 } \r", "\"a\" : 1")]
    [InlineData("{\"a\":1,\r\"b\":2}", "\"a\":1, \"b\":2")]
    [InlineData("{\"log\":\"own\",\"stream\":\"own\",\"truncated\":1}", "\"log\":\"own\",\"stream\":\"own\",\"truncated\":1")]
    public void An_object_keeps_its_fields_as_they_stand(string line, string fields) =>
        Assert.Equal($"{{\"time\":\"{Read}\",{fields},\"log_type\":\"audit\"}}\n", Write(line).Text);

    [Fact]
    public void An_empty_object_is_a_record_of_the_collector_s_fields_alone() =>
        Assert.Equal(
            $"{{\"time\":\"{Read}\",\"partial\":true,\"log_type\":\"audit\"}}\n", Write("{ }", marks: RecordMarks.Partial).Text);

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("{\"a\":1", "{\\\"a\\\":1")]
    [InlineData("[1]", "[1]")]
    public void A_line_that_is_no_object_is_kept_as_log(string line, string log) =>
        Assert.Equal($"{{\"time\":\"{Read}\",\"log\":\"{log}\",\"time_unparsed\":true,\"log_type\":\"audit\"}}\n", Write(line, "ts").Text);

    [Theory]
    [InlineData(true, "\"_file\":\"main.go\",\"_source\":\"app\"")]
    [InlineData(false, "\"_file\":\"main.go\",\"source\":\"app\"")]
    public void A_line_s_file_gives_way_and_its_source_where_records_have_one(bool namesSource, string fields) =>
        Assert.Equal(
            $"{{\"time\":\"{Read}\",{fields},\"log_type\":\"audit\"}}\n",
            Write("{\"file\":\"main.go\",\"source\":\"app\"}"u8.ToArray(), new JsonLines(namesSource: namesSource), RecordMarks.None).Text);

    [Theory]
    [InlineData("{\"time\":1,\"cluster\":2,\"k\":3}", "\"_time\":1,\"_cluster\":2,\"k\":3")]
    [InlineData("{\"kubernetes\":{\"pod_name\":\"forged\"}}", "\"_kubernetes\":{\"pod_name\":\"forged\"}")]
    [InlineData("{\"ti\\u006de\":1}", "\"_ti\\u006de\":1")]
    [InlineData("{\"_time\":0,\"time\":1}", "\"_time\":0,\"__time\":1")]
    [InlineData("{\"__time\":0,\"time\":1}", "\"__time\":0,\"_time\":1")]
    [InlineData("{\"\\u005ftime\":0,\"time\":1,\"__time\":2}", "\"\\u005ftime\":0,\"___time\":1,\"__time\":2")]
    [InlineData("{\"partial\":1,\"_partial\":2}", "\"__partial\":1,\"_partial\":2")]
    public void A_field_with_one_of_the_collector_s_names_gives_way(string line, string fields)
    {
        var text = Write(line, marks: RecordMarks.Partial).Text;
        Assert.Equal($"{{\"time\":\"{Read}\",{fields},\"partial\":true,\"log_type\":\"audit\"}}\n", text);
    }

    [Fact]
    public void However_many_underscores_are_taken_one_more_is_found()
    {
        var taken = Enumerable.Range(1, 70).Select(count => $"\"{new string('_', count)}time\":0");
        var text = Write($"{{{string.Join(',', taken)},\"time\":1}}").Text;
        Assert.Contains($",\"{new string('_', 71)}time\":1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"time\":\"2026-01-02T03:04:05+01:00\",\"a\":1}", "time", "2026-01-02T03:04:05+01:00", "\"a\":1")]
    [InlineData("{\"ts\":\"2026-01-02T03:04:05Z\",\"a\":1}", "ts", "2026-01-02T03:04:05Z", "\"ts\":\"2026-01-02T03:04:05Z\",\"a\":1")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05\\u002B01:00\"}", "time", "2026-01-02T03:04:05+01:00", "")]
    [InlineData("{\"a\":1,\"time\":1700000000123}", "time", "2023-11-14T22:13:20.123000000Z", "\"a\":1")]
    [InlineData("{\"ts\":\"1637804400.123\"}", "ts", "2021-11-25T01:40:00.123000000Z", "\"ts\":\"1637804400.123\"")]
    [InlineData("{\"time\":\"2026-01-02 03:04:05,5\"}", "time", "2026-01-02T03:04:05.500000000Z", "")]
    [InlineData("{\"time\":\"noon\"}", "time", null, "\"_time\":\"noon\"")]
    [InlineData("{\"time\":null}", "time", null, "\"_time\":null")]
    [InlineData("{\"ts\":\"noon\"}", "ts", null, "\"ts\":\"noon\"")]
    [InlineData("{\"ts\":\"\",\"time_unparsed\":0}", "ts", null, "\"ts\":\"\",\"_time_unparsed\":0")]
    [InlineData("{\"other\":1}", "ts", null, "\"other\":1")]
    [InlineData("{\"ts\":1700000000,\"time\":\"x\"}", "ts", "2023-11-14T22:13:20.000000000Z", "\"ts\":1700000000,\"_time\":\"x\"")]
    public void The_configured_field_is_the_record_s_time(string line, string timeField, string? own, string fields)
    {
        var (text, _, time) = Write(line, timeField);
        var mark = own is null ? ",\"time_unparsed\":true" : "";
        Assert.Equal($"{{\"time\":\"{own ?? Read}\"{(fields.Length > 0 ? "," : "")}{fields}{mark},\"log_type\":\"audit\"}}\n", text);
        Assert.Equal(own is null ? null : DateTimeOffset.Parse(own), time?.ToDateTimeOffset());
    }

    [Theory]
    [InlineData("{\"a\":\"", "\"}")]
    [InlineData("{\"time\":\"", "\",\"b\":1}")]
    [InlineData("", "")]
    public void Bytes_that_are_not_UTF_8_are_repaired_inside_of_strings(string before, string after)
    {
        byte[] line = [.. Encoding.UTF8.GetBytes(before), 0xE2, 0x82, .. Encoding.UTF8.GetBytes(after)];
        var (text, repaired, _) = Write(line, "", RecordMarks.None);
        Assert.True(repaired);
        Assert.Contains("\uFFFD", text, StringComparison.Ordinal);
        using var parsed = JsonDocument.Parse(text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_the_line_the_record_is_one_valid_line(int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["{", "}", "\"time\"", "\"a\"", ":", ",", "1", "\"2026-01-02T03:04:05Z\"", "[", "]", "\r", "\"_time\"", "\\", "null"];
        for (var i = 0; i < 20_000; i++)
        {
            var inside = string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => pieces[random.Next(pieces.Length)]));
            var (text, _, _) = Write("{\"time\":1," + inside + "\"z\":0}", "time", RecordMarks.Truncated);
            using var record = JsonDocument.Parse(text);
            Assert.Equal(text.Length - 1, text.IndexOfAny(['\n', '\r']));
            Assert.Equal("audit", record.RootElement.GetProperty("log_type").GetString());
        }
    }

    private static (string Text, bool Repaired, RecordTime? Time) Write(
        string line, string timeField = "", RecordMarks marks = RecordMarks.None) => Write(Encoding.UTF8.GetBytes(line), timeField, marks);

    private static (string Text, bool Repaired, RecordTime? Time) Write(byte[] line, string timeField, RecordMarks marks) =>
        Write(line, new JsonLines(timeField), marks);

    private static (string Text, bool Repaired, RecordTime? Time) Write(byte[] line, JsonLines how, RecordMarks marks)
    {
        using var to = new ByteBuffer();
        var repaired = RecordEncoder.WriteFileJson(
            to, line, how, "2026-11-20T10:00:00Z"u8, ref marks, ",\"log_type\":\"audit\"}\n"u8, out var time);
        return (Encoding.UTF8.GetString(to.Written), repaired, time);
    }
}
