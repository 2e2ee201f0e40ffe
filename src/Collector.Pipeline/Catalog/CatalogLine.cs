using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Catalog;

/// <summary>Writes the catalog's lines (CATALOG.md). UTF-8, without a newline.</summary>
internal static class CatalogLine
{
    /// <summary>
    /// The most gaps of one file in a line. A file with every other line empty has thousands: then the line has only their
    /// beginning and end.
    /// </summary>
    private const int MostGaps = 256;

    // Keys and paths are not escaped for HTML: a reader parses them as JSON.
    private static readonly JsonWriterOptions s_options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line of a finished object.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="header">The object's.</param>
    /// <param name="dropped">Why it was dropped; null: it was stored.</param>
    public static byte[] Of(long number, ObjectHeader header, string? dropped) => Write(json =>
    {
        json.WriteNumber("line"u8, number);
        json.WriteString("key"u8, header.Key);
        if (dropped is { } reason)
        {
            json.WriteString("dropped"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(reason));
        }

        if (header.Kubernetes.Length > 0)
        {
            json.WritePropertyName("kubernetes"u8);
            json.WriteRawValue(header.Kubernetes, skipInputValidation: true);
        }

        WriteStreams(json, header.Streams);
        json.WriteString("firsttime"u8, header.FirstTime);
        json.WriteString("lasttime"u8, header.LastTime);
        json.WriteNumber("records"u8, header.Records);
        json.WriteNumber("bytes"u8, header.Bytes);
        json.WriteNumber("stored_bytes"u8, header.BodyLength);
        if (header.BodyCrc != 0)
        {
            json.WriteString("crc32c"u8, header.BodyCrc.ToString("x8", CultureInfo.InvariantCulture));
        }

        if (header.BodySha256 is { } sha256)
        {
            json.WriteString("sha256"u8, Convert.ToHexStringLower(sha256));
        }

        WriteMembers(json, header.Members);
        WriteSources(json, header.Coverage, int.MaxValue);
    });

    /// <summary>The first line of a catalog object.</summary>
    /// <param name="number">The number of the catalog object.</param>
    /// <param name="from">Its first line.</param>
    /// <param name="to">The line after its last.</param>
    /// <param name="output">Whose catalog.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="instance">The instance of the data dir.</param>
    /// <param name="previous">The SHA-256 of the object before it; null: none is known.</param>
    /// <param name="made">When it is made.</param>
    /// <param name="settled">The statement about all objects; null: none.</param>
    public static byte[] Head(long number, long from, long to, string output, string node, uint instance, byte[]? previous, DateTimeOffset made, DecidedSeqs? settled) => Write(json =>
    {
        json.WriteNumber("catalog"u8, number);
        json.WriteString("node"u8, node);
        json.WriteString("output"u8, output);
        json.WriteString("instance"u8, instance.ToString("x8", CultureInfo.InvariantCulture));
        if (previous is null)
        {
            json.WriteNull("previous"u8);
        }
        else
        {
            json.WriteString("previous"u8, Convert.ToHexStringLower(previous));
        }

        json.WriteNumber("from"u8, from);
        json.WriteNumber("to"u8, to);
        json.WriteString("made"u8, made.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        if (settled is not null)
        {
            json.WriteNumber("since"u8, settled.Since);
            json.WriteNumber("settled"u8, settled.To);
            json.WriteStartArray("pending"u8);
            foreach (var seq in settled.Pending)
            {
                json.WriteNumberValue(seq);
            }

            json.WriteEndArray();
        }
    });

    /// <summary>Bytes without a record, or skipped on purpose.</summary>
    /// <param name="number">The line's.</param>
    /// <param name="reason">Why.</param>
    /// <param name="gaps">Which.</param>
    public static byte[] OfSkip(long number, SkipReason reason, CoverageMap gaps) => OfBytes(number, "skipped"u8, reason.ToString(), gaps);

    /// <summary>Bytes that were seen, and deleted before they were read.</summary>
    /// <param name="number">The line's.</param>
    /// <param name="reason">How.</param>
    /// <param name="gaps">Which.</param>
    public static byte[] OfLoss(long number, BytesLostReason reason, CoverageMap gaps) => OfBytes(number, "lost"u8, reason.ToString(), gaps);

    /// <summary>Whole files that are lost, or whose end may be: how much was in them is not known.</summary>
    /// <param name="number">The line's.</param>
    /// <param name="lost">Which.</param>
    public static byte[] OfLostFiles(long number, LostFiles lost) => Write(json =>
    {
        json.WriteNumber("line"u8, number);
        json.WriteString("lost_files"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(lost.Reason.ToString()));
        json.WriteNumber("files"u8, lost.Files);
        json.WriteString("log"u8, lost.Log);
        if (lost.File is { } file)
        {
            json.WriteString("generation"u8, file.Id.Value.ToString("x16", CultureInfo.InvariantCulture));
            json.WriteString("file"u8, file.Name);
        }

        if (lost.BeforeRestart is { } restart)
        {
            json.WriteNumber("before_restart"u8, restart);
        }
    });

    /// <summary>A container has ended, and its log is read.</summary>
    /// <param name="number">The line's.</param>
    /// <param name="log">The log, named as in sources.</param>
    /// <param name="restart">The container's.</param>
    public static byte[] OfEnd(long number, string log, int restart) => Write(json =>
    {
        json.WriteNumber("line"u8, number);
        json.WriteString("ended"u8, log);
        json.WriteNumber("restart_count"u8, restart);
    });

    /// <summary>From here on objects have no lines, because the catalog is disabled.</summary>
    /// <param name="number">The line's.</param>
    /// <param name="seq">The first object that may have none.</param>
    public static byte[] OfOff(long number, long seq) => Write(json =>
    {
        json.WriteNumber("line"u8, number);
        json.WriteNumber("off"u8, seq);
    });

    /// <summary>Whether the line is one of <see cref="OfOff"/>: in a JSON string its quotes would be escaped.</summary>
    public static bool IsOff(byte[] line) => line.AsSpan().IndexOf("\"off\":"u8) >= 0 && line.AsSpan().IndexOf("\"sources\":"u8) < 0;

    private static byte[] OfBytes(long number, ReadOnlySpan<byte> kind, string reason, CoverageMap gaps)
    {
        var name = kind.ToArray();
        return Write(json =>
        {
            json.WriteNumber("line"u8, number);
            json.WriteString(name, JsonNamingPolicy.SnakeCaseLower.ConvertName(reason));
            WriteSources(json, gaps, MostGaps);
        });
    }

    private static void WriteStreams(Utf8JsonWriter json, LogStreams streams)
    {
        if (streams == LogStreams.None)
        {
            return;
        }

        json.WriteStartArray("streams"u8);
        if (streams.HasFlag(LogStreams.Stdout))
        {
            json.WriteStringValue("stdout"u8);
        }

        if (streams.HasFlag(LogStreams.Stderr))
        {
            json.WriteStringValue("stderr"u8);
        }

        json.WriteEndArray();
    }

    private static void WriteMembers(Utf8JsonWriter json, IReadOnlyList<BodyMember> members)
    {
        if (members.Count == 0)
        {
            return;
        }

        json.WriteStartArray("members"u8);
        foreach (var member in members)
        {
            json.WriteStartObject();
            json.WriteNumber("offset"u8, member.Offset);
            if (member.FirstTime.Length > 0)
            {
                json.WriteString("firsttime"u8, member.FirstTime);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSources(Utf8JsonWriter json, CoverageMap coverage, int mostIntervals)
    {
        json.WriteStartArray("sources"u8);
        foreach (var entry in coverage.Entries.Where(e => !e.Intervals.IsEmpty).OrderBy(e => e.Identity.Chain, StringComparer.Ordinal).ThenBy(e => e.Identity.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("log"u8, entry.Identity.Chain);
            json.WriteString("generation"u8, entry.Identity.Id.Value.ToString("x16", CultureInfo.InvariantCulture));
            json.WriteString("file"u8, entry.Identity.Name);
            json.WriteStartArray("intervals"u8);
            var intervals = entry.Intervals.Items;
            foreach (var interval in intervals.Length <= mostIntervals ? intervals : [new Interval(intervals[0].From, intervals[^1].To)])
            {
                json.WriteStartArray();
                json.WriteNumberValue(interval.From);
                json.WriteNumberValue(interval.To);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }
}
