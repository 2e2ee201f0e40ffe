using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Collector.Reading.Lines;

/// <summary>A line as a record (contract §3), without its newline.</summary>
public static class RecordJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What may stand before an object.</summary>
    internal static ReadOnlySpan<byte> Spaces => " \t\r\n"u8;

    /// <summary>
    /// Writes the record as it is stored; a line that is stored as text becomes a record with the values of its key.
    /// </summary>
    /// <param name="to">Where to.</param>
    /// <param name="line">The line.</param>
    public static void Write(IBufferWriter<byte> to, LogLine line)
    {
        if (IsStoredAsObject(line))
            to.Write(line.Stored);
        else
            WriteText(to, line);
    }

    /// <summary>A record made of a line's text and its source.</summary>
    internal static void WriteText(IBufferWriter<byte> to, LogLine line)
    {
        using var json = new Utf8JsonWriter(to, Options);
        json.WriteStartObject();
        json.WriteString("log", Encoding.UTF8.GetString(line.Text));
        json.WriteStartObject("kubernetes");
        WriteName(json, "namespace_name", line.Source.Namespace);
        WriteName(json, "pod_name", line.Source.Pod);
        WriteName(json, "container_name", line.Source.Container);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>
    /// Whether it is a record, or begins like one: for a line that is not JSON in an object of records this is not known.
    /// </summary>
    internal static bool IsStoredAsObject(LogLine line) => !line.IsText && line.Stored.AsSpan().TrimStart(Spaces) is [(byte)'{', ..];

    private static void WriteName(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
            json.WriteString(name, value);
    }
}
