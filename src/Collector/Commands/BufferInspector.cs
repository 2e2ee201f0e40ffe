using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Storage;

namespace Collector.Commands;

/// <summary>Shows and drops the records that wait in a data dir. Both return an <see cref="ExitCode"/>.</summary>
internal static class BufferInspector
{
    public static int List(string dataDir, bool asJson, TextWriter output) => Guard(output, () =>
    {
        var reports = BufferReport.Read(dataDir);
        var (free, total) = FileSystemDirectory.Open(dataDir).GetSpace();
        if (asJson)
        {
            output.WriteLine(ToJson(reports, free, total));
            return ExitCode.Done;
        }

        foreach (var report in reports)
        {
            output.WriteLine($"output {report.Output}: {Counted.Of(report.Records, "record")} in {Counted.Of(report.Files.Count, "file")}, {report.Bytes} bytes");
            foreach (var file in report.Files)
            {
                var opened = file.OpenedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                output.WriteLine($"  {file.State,-11} {opened} {file.Records,9} records {file.Bytes,11} bytes  {file.Key}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"disk of {dataDir}: {Fullness.Bytes(free)} of {Fullness.Bytes(total)} free ({100.0 * free / Math.Max(1, total):0.0} %); below buffer.minFreeDisk no output takes records"));
        return ExitCode.Done;
    });

    private static string ToJson(IReadOnlyList<OutputReport> reports, long free, long total)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            to.WriteStartObject();
            to.WriteNumber("diskFreeBytes", free);
            to.WriteNumber("diskTotalBytes", total);
            to.WriteStartArray("outputs");
            foreach (var report in reports)
            {
                Write(to, report);
            }

            to.WriteEndArray();
            to.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter to, OutputReport report)
    {
        to.WriteStartObject();
        to.WriteString("output", report.Output);
        to.WriteNumber("records", report.Records);
        to.WriteNumber("bytes", report.Bytes);
        to.WriteStartArray("files");
        foreach (var file in report.Files)
        {
            to.WriteStartObject();
            to.WriteString("state", file.State);
            to.WriteString("openedAt", file.OpenedAt);
            to.WriteNumber("records", file.Records);
            to.WriteNumber("bytes", file.Bytes);
            to.WriteString("key", file.Key);
            to.WriteString("file", file.Name);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    public static int Drop(string dataDir, string outputName, TextWriter output) => Guard(output, () =>
    {
        if (BufferReport.Drop(dataDir, outputName) is not { } lost)
        {
            output.WriteLine($"{dataDir} has no records of an output '{outputName}'; see: collector buffer ls --data-dir {dataDir}");
            return ExitCode.Incomplete;
        }

        foreach (var file in lost.Files)
        {
            output.WriteLine($"lost: {Counted.Of(file.Records, "record")}, {file.State}, {file.Key}");
        }

        output.WriteLine($"output {outputName}: dropped {Counted.Of(lost.Records, "record")} in {Counted.Of(lost.Files.Count, "file")}, {lost.Bytes} bytes");
        output.WriteLine($"the positions of output {outputName} stay: if the output is configured again, it continues after the dropped records, and stores no log a second time");
        return ExitCode.Done;
    });

    private static int Guard(TextWriter output, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is DataDirException or FormatVersionException or StorageException or IOException or UnauthorizedAccessException)
        {
            output.WriteLine(e.Message);
            return ExitCode.DataDirUnusable;
        }
    }
}
