namespace Collector.Pipeline.Records;

/// <summary>
/// Writes records in the form of contract §3: one JSON object a line, or the text alone. All arguments are borrowed for the call. A
/// <c>tail</c> is <see cref="RecordTail.Bytes"/>: the fields that all records of a file share, the closing brace and the newline.
/// Nothing is allocated apart from growing the buffer.
/// </summary>
public static class RecordEncoder
{
    /// <summary>Writes one container record.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="time">RFC 3339 text, written as it is; empty: no <c>time</c>.</param>
    /// <param name="stream"><see cref="LogStream.None"/>: no <c>stream</c>.</param>
    /// <param name="text">The record's text of any bytes.</param>
    /// <param name="marks">Written as fields.</param>
    /// <param name="tail">The shared fields of all records of the file.</param>
    /// <param name="parseJson">Also embed a text that is a JSON object under <c>fields</c>.</param>
    /// <returns>Whether bytes that were not UTF-8 became U+FFFD.</returns>
    public static bool WriteContainer(
        ByteBuffer to,
        ReadOnlySpan<byte> time,
        LogStream stream,
        ReadOnlySpan<byte> text,
        RecordMarks marks,
        ReadOnlySpan<byte> tail,
        bool parseJson)
    {
        if (time.IsEmpty)
            to.Append((byte)'{');
        else
            WriteTime(to, time, "\","u8);
        if (stream != LogStream.None)
            to.Append(stream == LogStream.Stdout ? "\"stream\":\"stdout\","u8 : "\"stream\":\"stderr\","u8);
        to.Append("\"log\":\""u8);
        var repaired = JsonText.Append(to, text);
        to.Append((byte)'"');
        WriteMarks(to, marks);
        if (parseJson && !repaired)
            WriteFields(to, text);
        to.Append(tail);
        return repaired;
    }

    /// <summary>Writes a line of a <c>file</c> source with <c>parser: text</c>. Parameters and result as above.</summary>
    public static bool WriteFileText(
        ByteBuffer to, ReadOnlySpan<byte> time, ReadOnlySpan<byte> text, RecordMarks marks, ReadOnlySpan<byte> tail) =>
        WriteContainer(to, time, LogStream.None, text, marks, tail, parseJson: false);

    /// <summary>
    /// Writes a line of a <c>file</c> source with <c>parser: json</c>: the object's own fields unchanged and in their order or,
    /// when the line is not an object, its text as <c>log</c>. <see cref="OwnFields"/> has the rules.
    /// </summary>
    /// <param name="to">Where to.</param>
    /// <param name="line">The line without its <c>\n</c>, of any bytes.</param>
    /// <param name="how">The field of the time, and its format.</param>
    /// <param name="fallbackTime">RFC 3339 text of the time of reading, used when the object has none; not empty.</param>
    /// <param name="marks">Written as fields; <see cref="RecordMarks.TimeUnparsed"/> is added when the line should have a time of
    /// its own and has none.</param>
    /// <param name="tail">The shared fields of all records of the file.</param>
    /// <param name="ownTime">The time in the object; null: the record has the time of reading.</param>
    /// <returns>Whether bytes that were not UTF-8 became U+FFFD.</returns>
    public static bool WriteFileJson(
        ByteBuffer to,
        ReadOnlySpan<byte> line,
        JsonLines how,
        ReadOnlySpan<byte> fallbackTime,
        ref RecordMarks marks,
        ReadOnlySpan<byte> tail,
        out RecordTime? ownTime)
    {
        ownTime = null;
        Span<byte> scratch = stackalloc byte[Rfc3339.MaxLength];
        var isObject = OwnFields.TryParse(line, how, marks, out var fields);
        var timeText = isObject ? fields.ReadTime(scratch, out ownTime) : default;
        if (ownTime is null && how.TimeField.Length > 0)
            marks |= RecordMarks.TimeUnparsed;
        if (!isObject)
            return WriteFileText(to, fallbackTime, line, marks, tail);

        WriteTime(to, ownTime is null ? fallbackTime : timeText, "\""u8);
        var repaired = fields.Write(to, timeIsTaken: ownTime is not null);
        WriteMarks(to, marks);
        to.Append(tail);
        return repaired;
    }

    /// <summary>Writes a record of <see cref="ObjectFormat.Text"/>: its bytes and a newline.</summary>
    public static void WriteText(ByteBuffer to, ReadOnlySpan<byte> text)
    {
        to.Append(text);
        to.Append((byte)'\n');
    }

    private static void WriteTime(ByteBuffer to, ReadOnlySpan<byte> time, ReadOnlySpan<byte> end)
    {
        to.Append("{\"time\":\""u8);
        to.Append(time);
        to.Append(end);
    }

    private static void WriteMarks(ByteBuffer to, RecordMarks marks)
    {
        if (marks == RecordMarks.None)
            return;
        if ((marks & RecordMarks.Truncated) != RecordMarks.None)
            to.Append(",\"truncated\":true"u8);
        if ((marks & RecordMarks.Partial) != RecordMarks.None)
            to.Append(",\"partial\":true"u8);
        if ((marks & RecordMarks.Unparsed) != RecordMarks.None)
            to.Append(",\"unparsed\":true"u8);
        if ((marks & RecordMarks.TimeUnparsed) != RecordMarks.None)
            to.Append(",\"time_unparsed\":true"u8);
    }

    private static void WriteFields(ByteBuffer to, ReadOnlySpan<byte> text)
    {
        var json = text.Trim(JsonText.WhiteSpace);
        if (!json.StartsWith((byte)'{') || !json.EndsWith((byte)'}') || !JsonScanner.IsObject(json))
            return;
        to.Append(",\"fields\":"u8);
        JsonText.AppendJson(to, json, repair: false);
    }
}
