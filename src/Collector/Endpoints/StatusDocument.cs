using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Collector.Commands;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Running;
using Collector.Pipeline.Tailing;

namespace Collector.Endpoints;

/// <summary>
/// The answer of <c>GET /status</c>, which <c>collector status --json</c> prints: one JSON object. Times are RFC 3339 in UTC, sizes
/// are bytes; unknown values are left out. <see cref="StatusTable"/> shows it to people.
/// </summary>
internal static class StatusDocument
{
    public const string Path = "/status";

    public static byte[] Write(PipelineStatus status, IReadOnlyList<string> notReady, IReadOnlyList<(string Loop, TimeSpan Silence)> stalled)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            to.WriteStartObject();
            to.WriteString("version", BuildInformation.Version);
            Write(to, "notReady", notReady, to.WriteStringValue);
            Write(to, "stalledLoops", stalled, loop => to.WriteStringValue($"{loop.Loop}: has made no progress for {loop.Silence.TotalSeconds:F0} s"));
            if (status.Ending is { } ending)
                Write(to, ending);
            Write(to, "outputs", status.Books.Outputs, output => Write(to, output.Book.Name, output.Figures, status.Stores.GetValueOrDefault(output.Book.Name)));
            Write(to, "sources", status.Books.Sources, source => Write(to, source.Name, source.Figures));
            Write(to, status.Books.Tail);
            if (status.Logs is { } logs)
            {
                Write(to, "lagging", logs.Lagging, log => Write(to, log));
                Write(to, "excluded", logs.Excluded, log => Write(to, log));
                Write(to, "parked", logs.Parked, parked => Write(to, parked));
                Write(to, "unreadable", logs.Unreadable, path => Write(to, path));
            }

            to.WriteStartObject("lost");
            Write(to, "bytes", status.Books.BytesLost);
            Write(to, "files", status.Books.FilesLost);
            to.WriteEndObject();
            to.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void Write<T>(Utf8JsonWriter to, string name, IReadOnlyList<T> items, Action<T> write)
    {
        to.WriteStartArray(name);
        foreach (var item in items)
            write(item);
        to.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter to, string name, OutputFigures figures, string? store)
    {
        var (state, why) = StateOf(figures, store);
        to.WriteStartObject();
        to.WriteString("name", name);
        if (store is not null)
            to.WriteString("store", store);
        to.WriteString("state", state);
        if (why.Length > 0)
            to.WriteString("why", why);
        to.WriteStartObject("backlog");
        var waiting = figures.BufferRecords[BufferState.Open] + figures.BufferRecords[BufferState.Sealed];
        to.WriteNumber("records", waiting);
        to.WriteNumber("bytes", figures.BufferBytes[BufferState.Open] + figures.BufferBytes[BufferState.Sealed]);

        // The time is updated once a second, and may belong to a record which has just been stored.
        WriteTime(to, "oldest", waiting > 0 ? figures.OldestRecord : null);
        if (figures.BufferLimit is { } limit)
            to.WriteNumber("limitBytes", limit);
        if (figures.DiskFree is { } free)
            to.WriteNumber("diskFreeBytes", free);
        to.WriteEndObject();
        to.WriteStartObject("quarantined");
        to.WriteNumber("records", figures.BufferRecords[BufferState.Quarantined]);
        to.WriteNumber("bytes", figures.BufferBytes[BufferState.Quarantined]);
        to.WriteEndObject();
        to.WriteStartObject("stored");
        to.WriteNumber("records", figures.UploadedRecords);
        to.WriteNumber("objects", figures.UploadedObjects);
        to.WriteNumber("bytes", figures.UploadedBytes);
        to.WriteNumber("maybeTwice", figures.MaybeTwice);
        WriteTime(to, "last", figures.LastUpload);
        to.WriteEndObject();
        if (figures.LastFailure is { } failure)
        {
            to.WriteStartObject("lastError");
            WriteTime(to, "at", failure.At);
            to.WriteString("result", JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.Result.ToString()));
            to.WriteString("message", failure.Why);
            to.WriteBoolean("isOver", failure.IsOver);
            to.WriteEndObject();
        }

        Write(to, "dropped", figures.Dropped);
        to.WriteEndObject();
    }

    /// <summary>
    /// The state in one word, and the reason with a fix. An output that is both full and failing is full, because being full is
    /// what loses logs in the end.
    /// </summary>
    private static (string State, string Why) StateOf(OutputFigures figures, string? store) => figures switch
    {
        _ when store is null => ("not configured", "its records stay on disk; configure the output again, or drop them with: collector buffer drop"),
        { Full: { } full } => (full.IsDropping ? "dropping" : "full", $"{full.Why}; {full.Remedy}"),
        { IsFailing: true } => ("failing", figures.LastFailure!.Why),
        _ => ("ok", ""),
    };

    private static void Write(Utf8JsonWriter to, string name, SourceFigures figures)
    {
        to.WriteStartObject();
        to.WriteString("name", name);
        to.WriteNumber("records", figures.Records);
        to.WriteNumber("bytes", figures.Bytes);
        to.WriteNumber("unmatched", figures.Unmatched);
        Write(to, "excluded", figures.Excluded);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, in TailFigures files)
    {
        to.WriteStartObject("files");
        to.WriteNumber("open", files.Open);
        to.WriteNumber("idle", files.Idle);
        to.WriteNumber("waiting", files.Waiting);
        to.WriteNumber("deleted", files.Deleted);
        to.WriteNumber("excluded", files.Excluded);
        to.WriteNumber("parked", files.Parked);
        to.WriteNumber("unreadBytes", files.LagBytes);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, EndingStatus ending)
    {
        to.WriteStartObject("ending");
        to.WriteBoolean("readingIsOver", ending.IsReadingOver);
        if (ending.Left is { } left)
            to.WriteNumber("secondsLeft", Math.Round(left.TotalSeconds, 1));
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, UnreadablePath unreadable)
    {
        to.WriteStartObject();
        to.WriteString("path", unreadable.Path);
        to.WriteString("why", unreadable.Why);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, LogStatus log)
    {
        to.WriteStartObject();
        to.WriteString("source", log.Source);
        to.WriteString("path", log.Path);
        if (log.Pod.Length > 0)
        {
            to.WriteString("namespace", log.Namespace);
            to.WriteString("pod", log.Pod);
            to.WriteString("container", log.Container);
        }

        to.WriteNumber("unreadBytes", log.UnreadBytes);
        if (log.Why.Length > 0)
            to.WriteString("why", log.Why);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, ParkedStatus parked)
    {
        to.WriteStartObject();
        to.WriteString("thing", parked.Thing);
        to.WriteString("step", parked.Step);
        to.WriteString("why", parked.Why);
        to.WriteEndObject();
    }

    private static void Write<TKey>(Utf8JsonWriter to, string name, EnumCounts<TKey> counts)
        where TKey : struct, Enum
    {
        to.WriteStartObject(name);
        for (var i = 0; i < counts.Labels.Count; i++)
        {
            if (counts.Values[i] > 0)
                to.WriteNumber(counts.Labels[i], counts.Values[i]);
        }

        to.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter to, string name, DateTimeOffset? time)
    {
        if (time is { } known)
            to.WriteString(name, known.UtcDateTime);
    }
}
