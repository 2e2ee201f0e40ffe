using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Collector.Pipeline.Diagnostics;
using Collector.Reading;
using Collector.Reading.Verifying;

namespace Collector.Commands.Reading;

/// <summary>Shows the findings of <c>collector verify</c>: a table and a sentence for each hole, or one JSON document.</summary>
/// <param name="report">The findings.</param>
/// <param name="findings">Further findings of the reader.</param>
/// <param name="catalogPrefix">The prefix where the catalog was searched.</param>
/// <param name="isQuick">Bodies were not read.</param>
/// <param name="since">The beginning of the range; null: all.</param>
internal sealed class VerifyOutput(VerifyReport report, Findings findings, string catalogPrefix, bool isQuick, DateTimeOffset? since)
{
    public void WriteTable(TextWriter output)
    {
        if (report.Chains.Count == 0 && report.Holes.Count > 0)
            output.WriteLine($"No catalog object below {catalogPrefix} is as it was stored, so nothing else can be proven.");
        else if (report.Chains.Count == 0)
            output.WriteLine($"There is no catalog below {catalogPrefix}, so nothing can be proven. Agents write one unless catalog.enabled is false; give --catalog PREFIX if it is elsewhere.");
        else
            WriteRows(output);
        foreach (var chain in report.Chains)
        {
            foreach (var (reason, records) in chain.Dropped)
                output.WriteLine($"{chain.Head.Node}: dropped: {Counted.Of(records, "record")} ({reason}). The catalog lists this, so it is no hole.");
            foreach (var (reason, bytes) in chain.Lost)
                output.WriteLine($"{chain.Head.Node}: lost before they were read: {Counted.Of(bytes, "byte")} ({reason}). The catalog lists this, so it is no hole.");
            foreach (var (reason, files) in chain.LostFiles)
                output.WriteLine($"{chain.Head.Node}: {WasLost(reason)}: {Counted.Of(files, "log file")} ({reason}). The catalog lists this, so it is no hole.");
        }

        foreach (var hole in report.Holes)
            output.WriteLine($"HOLE {hole.KindName}: {TerminalText.OneLine(hole.Says)}");
        if (report.Waiting.Objects > 0)
            output.WriteLine($"Newer than the catalog: {Counted.Of(report.Waiting.Objects, "object")} ({Counted.Of(report.Waiting.Bytes, "byte")}), for example {TerminalText.OneLine(report.Waiting.First)}. Verify again when the next catalog object is stored.");
        if (report.Unsaid.Objects > 0 && since is null)
            output.WriteLine($"Not verified: {Counted.Of(report.Unsaid.Objects, "object")} ({Counted.Of(report.Unsaid.Bytes, "byte")}), for example {TerminalText.OneLine(report.Unsaid.First)}. Such objects come from a time or a node without a catalog, or lie next to a hole in it.");
        if (findings.Foreign > 0)
            output.WriteLine($"Skipped: {Counted.Of(findings.Foreign, "key")} that the collector did not write, for example {TerminalText.OneLine(findings.ForeignExample)}.");
        if (report.Chains.Count == 0 && report.Holes.Count == 0)
            return;
        output.WriteLine(report.Holes.Count > 0 ? $"NOT WHOLE: {Counted.Of(report.Holes.Count, "hole")}." : $"WHOLE{(isQuick ? " by its lengths (--quick)" : "")}: everything that the catalogs list is there, as it was stored.");
        if (report.Chains.Count > 0)
            output.WriteLine("The proof of each row ends at TOLD UNTIL. If somebody deleted or replaced the newest catalog object, this check cannot see it.");
    }

    public void WriteJson(TextWriter output)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("whole", report.IsWhole);
            json.WriteString("compared", isQuick ? "lengths" : "checksums");
            json.WriteStartArray("nodes");
            foreach (var chain in report.Chains)
                WriteNode(json, chain);
            json.WriteEndArray();
            WriteSum(json, "waiting", report.Waiting);
            WriteSum(json, "unsaid", report.Unsaid);
            json.WriteNumber("foreign", findings.Foreign);
            json.WriteStartArray("holes");
            foreach (var hole in report.Holes)
            {
                json.WriteStartObject();
                json.WriteString("kind", hole.KindName);
                json.WriteString("node", hole.Node);
                json.WriteString("key", hole.Key);
                json.WriteString("says", hole.Says);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private void WriteRows(TextWriter output)
    {
        List<string[]> rows = [["NODE", "OUTPUT", "LIFE", "TOLD UNTIL", "CATALOGS", "OBJECTS", "RECORDS", "BYTES", "STORED", "HOLES"]];
        var holes = report.Holes.CountBy(hole => hole.Node).ToDictionary(StringComparer.Ordinal);
        foreach (var chain in report.Chains)
        {
            rows.Add(
            [
                TerminalText.OneLine(chain.Head.Node), TerminalText.OneLine(chain.Head.Output), chain.Head.Instance, Time(chain),
                .. ((long[])[chain.Catalogs, chain.Objects, chain.Records, chain.Bytes, chain.StoredBytes, holes.GetValueOrDefault(chain.Node)]).Select(number => number.ToString(CultureInfo.InvariantCulture)),
            ]);
        }

        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column >= 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }

    private static void WriteNode(Utf8JsonWriter json, CatalogChain chain)
    {
        json.WriteStartObject();
        json.WriteString("node", chain.Head.Node);
        json.WriteString("output", chain.Head.Output);
        json.WriteString("instance", chain.Head.Instance);
        json.WriteString("told_until", Time(chain));
        json.WriteNumber("catalogs", chain.Catalogs);
        json.WriteNumber("objects", chain.Objects);
        json.WriteNumber("records", chain.Records);
        json.WriteNumber("bytes", chain.Bytes);
        json.WriteNumber("stored_bytes", chain.StoredBytes);
        WriteReasons(json, "dropped_records", chain.Dropped);
        WriteReasons(json, "lost_bytes", chain.Lost);
        WriteReasons(json, "lost_files", chain.LostFiles);
        WriteReasons(json, "skipped_bytes", chain.Skipped);
        json.WriteEndObject();
    }

    private static void WriteReasons(Utf8JsonWriter json, string name, SortedDictionary<string, long> reasons)
    {
        json.WriteStartObject(name);
        foreach (var (reason, count) in reasons)
            json.WriteNumber(reason, count);
        json.WriteEndObject();
    }

    private static void WriteSum(Utf8JsonWriter json, string name, ObjectSum sum)
    {
        json.WriteStartObject(name);
        json.WriteNumber("objects", sum.Objects);
        json.WriteNumber("bytes", sum.Bytes);
        json.WriteEndObject();
    }

    private static string WasLost(string reason) => reason switch
    {
        "may_have_grown" => "deleted or truncated while the collector was down, after all bytes that it had seen were read; later lines, if any, are lost",
        "restart_gap" => "of earlier runs of a container, deleted before the collector saw them",
        "unreadable" => "damaged, and read only in part",
        _ => "deleted or truncated before all bytes were read",
    };

    private static string Time(CatalogChain chain) => chain.Head.Made.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
