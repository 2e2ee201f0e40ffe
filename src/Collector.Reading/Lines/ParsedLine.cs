using System.Text.Json;
using Collector.Pipeline.Records;

namespace Collector.Reading.Lines;

/// <summary>A parsed line of an object. All spans are borrowed until the next line.</summary>
internal ref struct ParsedLine
{
    /// <summary>As it is stored, without its newline.</summary>
    public ReadOnlySpan<byte> Stored;

    /// <summary>The log line itself.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>Null: unknown.</summary>
    public RecordTime? Time;

    public string Stream;

    public Source Source;

    /// <summary>Stored as text: it is not a record, whatever it looks like.</summary>
    public bool IsText;

    /// <summary>Of text: the least and the greatest time of its object's lines. A record has its own <see cref="Time"/>.</summary>
    public (RecordTime First, RecordTime Last)? Within;

    /// <summary>The agent did not know the pod when it read the line.</summary>
    public bool LacksMetadata;

    /// <summary>Not in the format that the object's name announces: shown unchanged.</summary>
    public bool IsOdd;
}

/// <summary>
/// Parses lines: records (contract §3), fluent-bit's (<c>log</c> with its newline, <c>date</c> as a number), JSON of other forms,
/// and text. The bytes that name the container are nearly always those of the line before, so the parsed source is kept.
/// </summary>
/// <param name="format">The object's format.</param>
/// <param name="key">The values in its key.</param>
/// <param name="stream">The stream in its key, for lines that do not say theirs; empty: unknown.</param>
/// <param name="within">For text: see <see cref="ParsedLine.Within"/>.</param>
internal sealed class LineParser(ObjectFormat format, Source key, string stream, (RecordTime First, RecordTime Last)? within = null)
{
    private byte[] _text = new byte[4096];
    private byte[] _lastKubernetes = [];
    private Source? _lastSource;

    public ParsedLine Parse(ReadOnlySpan<byte> line)
    {
        var parsed = new ParsedLine { Stored = line, Text = line, Stream = stream, Source = key };
        if (format == ObjectFormat.Text)
        {
            (parsed.IsText, parsed.Within) = (true, within);
            return parsed;
        }

        try
        {
            if (!TryParse(line, ref parsed))
                parsed.IsOdd = true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            parsed = new ParsedLine { Stored = line, Text = line, Stream = stream, Source = key, IsOdd = true };
        }

        return parsed;
    }

    private bool TryParse(ReadOnlySpan<byte> line, ref ParsedLine parsed)
    {
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;

        var (isOfFile, hasOwnFields) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("log"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                    parsed.Text = Unescape(ref reader, line.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
            }
            else if (reader.ValueTextEquals("time"u8) || reader.ValueTextEquals("@timestamp"u8) || reader.ValueTextEquals("date"u8))
            {
                reader.Read();
                if (TryReadTime(ref reader, out var time))
                    parsed.Time ??= time;
                else
                    reader.Skip();
            }
            else if (reader.ValueTextEquals("stream"u8))
            {
                reader.Read();
                parsed.Stream = reader.TokenType != JsonTokenType.String ? "" : reader.ValueTextEquals("stdout"u8) ? "stdout" : reader.ValueTextEquals("stderr"u8) ? "stderr" : "";
                reader.Skip();
            }
            else if (reader.ValueTextEquals("metadata_missing"u8))
            {
                reader.Read();
                parsed.LacksMetadata = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("kubernetes"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
                if (isObject)
                    parsed.Source = SourceOf(line[start..(int)reader.BytesConsumed]);
            }
            else
            {
                isOfFile |= reader.ValueTextEquals("file"u8);
                hasOwnFields = hasOwnFields || !IsCollectors(reader.ValueSpan);
                reader.Read();
                reader.Skip();
            }
        }

        while (reader.Read())
        {
        }

        // Of a file of JSON the whole object is the line (contract §3, parser: json), even if one of its fields is named log.
        if (isOfFile && hasOwnFields)
            parsed.Text = line;
        return true;
    }

    /// <summary>Whether the collector itself writes a field of this name into records of files.</summary>
    private static bool IsCollectors(ReadOnlySpan<byte> name) =>
        ReservedNames.IndexOf(name, RecordMarks.Partial | RecordMarks.Unparsed | RecordMarks.Truncated, namesSource: true) >= 0
        || name.SequenceEqual("redacted"u8) || name.SequenceEqual("metadata_missing"u8) || name.SequenceEqual("fields"u8);

    private ReadOnlySpan<byte> Unescape(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> raw)
    {
        if (!reader.ValueIsEscaped)
            return WithoutNewline(raw);

        if (_text.Length < raw.Length)
            _text = new byte[raw.Length * 2];
        return WithoutNewline(_text.AsSpan(0, reader.CopyString(_text)));
    }

    /// <summary>fluent-bit keeps it.</summary>
    private static ReadOnlySpan<byte> WithoutNewline(ReadOnlySpan<byte> text) => text.EndsWith((byte)'\n') ? text[..^1] : text;

    private static bool TryReadTime(ref Utf8JsonReader reader, out RecordTime time)
    {
        time = default;
        return reader.TokenType switch
        {
            JsonTokenType.String => RecordTime.TryParse(reader.ValueSpan, out time),
            JsonTokenType.Number => RecordTime.TryParseEpoch(reader.ValueSpan, out time),
            _ => false,
        };
    }

    private Source SourceOf(ReadOnlySpan<byte> kubernetes)
    {
        if (!kubernetes.SequenceEqual(_lastKubernetes))
            (_lastSource, _lastKubernetes) = (Source.Parse(kubernetes, key), kubernetes.ToArray());
        return _lastSource!;
    }
}
