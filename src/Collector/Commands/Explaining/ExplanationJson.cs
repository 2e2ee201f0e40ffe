using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Collector.Commands.Explaining;

/// <summary>An <see cref="Explanation"/> for a program: one JSON object, on one line.</summary>
internal static class ExplanationJson
{
    public static string Of(Explanation one)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(to, one);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter to, Explanation one)
    {
        to.WriteStartObject();
        to.WriteString("path", one.File.Path);
        to.WriteString("foundBy", one.File.FoundBy);
        to.WriteNumber("bytes", one.File.Size);
        to.WriteBoolean("isLive", one.File.IsLive);
        to.WriteString("source", one.Source.Name);
        if (one.File.Container is { } container)
        {
            to.WriteString("namespace", container.Namespace);
            to.WriteString("pod", container.Pod);
            to.WriteString("container", container.Container);
            to.WriteNumber("restart", container.Restart);
        }

        to.WriteBoolean("isCollected", one.IsCollected);
        if (one.Excluded is { } why)
            to.WriteString("why", why);
        WriteTexts(to, "notes", one.Notes);
        to.WriteStartArray("outputs");
        foreach (var output in one.Outputs)
        {
            to.WriteStartObject();
            to.WriteString("name", output.Name);
            to.WriteString("store", output.Store);
            if (one.Positions.FirstOrDefault(p => p.Output == output.Name) is { } position)
            {
                to.WriteString("generation", position.Generation);
                to.WriteNumber("storedTo", position.Stored);
                to.WriteNumber("bufferedTo", position.Buffered);
            }

            if (output.Unmet is { } unmet)
                to.WriteString("why", unmet);
            WriteTexts(to, "keys", output.Keys);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        if (one.Record is { } record)
        {
            to.WritePropertyName("record");
            to.WriteRawValue(record);
        }

        to.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter to, string name, IReadOnlyList<string> texts)
    {
        to.WriteStartArray(name);
        foreach (var text in texts)
            to.WriteStringValue(text);
        to.WriteEndArray();
    }
}
