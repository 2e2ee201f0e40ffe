using System.Buffers;
using System.Text.Json;
using Collector.Reading.Lines;
using Parquet;
using Parquet.Schema;

namespace Collector.Reading.Export;

/// <summary>
/// Records as rows (contract §3): a column for each known field, under its own name, including those of <c>kubernetes</c>. Maps are
/// JSON. Fields without a column, or with another type than their column, go into <c>rest</c>, as one JSON object. <c>time</c> is
/// in microseconds, for queries; <c>time_text</c> is the record's own text.
/// </summary>
internal sealed class RecordTable
{
    private readonly TimeColumn _time = new("time");
    private readonly TextColumn _log = new("log");
    private readonly TextColumn _rest = new("rest");
    private readonly Column[] _top;
    private readonly Column[] _kubernetes;
    private readonly Column[] _all;
    private readonly ArrayBufferWriter<byte> _unknown = new();
    private byte[] _lastKubernetes = [];
    private byte[] _lastUnknown = [];

    public RecordTable()
    {
        _top =
        [
            _log, Repeated("stream"), Repeated("log_type"), Repeated("log_source"), Repeated("cluster"), Repeated("hostname"), Repeated("file"), Repeated("source"),
            new FlagColumn("truncated"), new FlagColumn("partial"), new FlagColumn("unparsed"), new FlagColumn("time_unparsed"), new FlagColumn("metadata_missing"),
            new NumberColumn("redacted"), new TextColumn("fields", isJson: true),
        ];
        _kubernetes =
        [
            Repeated("namespace_name"), Repeated("pod_name"), Repeated("pod_id"), Repeated("container_name"), Repeated("docker_id"), Repeated("container_image"),
            Repeated("container_hash"), new NumberColumn("restart_count"), Repeated("owner_kind"), Repeated("owner_name"), Repeated("host"),
            Repeated("labels", isJson: true), Repeated("annotations", isJson: true), Repeated("namespace_labels", isJson: true), Repeated("node_labels", isJson: true),
        ];
        TimeText = new TextColumn("time_text");
        _all = [_time, TimeText, .. _top, .. _kubernetes, _rest];
        Schema = new ParquetSchema(_all.Select(column => column.Field));

        static TextColumn Repeated(string name, bool isJson = false) => new(name, isJson) { IsRepeated = true };
    }

    public ParquetSchema Schema { get; }

    /// <summary>The columns in which few values repeat often.</summary>
    public IEnumerable<string> Repeated => _all.Where(column => column.IsRepeated).Select(column => column.Field.Name);

    /// <summary>Memory of the rows that are not written yet, approximately.</summary>
    public long Held { get; private set; }

    public int Rows { get; private set; }

    private TextColumn TimeText { get; }

    public void Add(LogLine line)
    {
        _time.Value = line.Time is { } time ? MicrosecondOf(time.ToDateTimeOffset().UtcDateTime) : null;
        try
        {
            if (!RecordJson.IsStoredAsObject(line))
                AddMembers(AsRecord(line));
            else
                AddMembers(line.Stored);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The line begins like an object but is not one, or is not text: the raw line is all there is.
            AddMembers(AsRecord(line));
        }

        foreach (var column in _all)
            Held += column.Commit();
        Rows++;
    }

    public async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellation)
    {
        foreach (var column in _all)
            await column.WriteAsync(group, cancellation).ConfigureAwait(false);
        (Held, Rows) = (0, 0);
    }

    private static DateTime MicrosecondOf(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);

    private static ReadOnlySpan<byte> AsRecord(LogLine line)
    {
        var record = new ArrayBufferWriter<byte>();
        RecordJson.WriteText(record, line);
        return record.WrittenSpan;
    }

    /// <summary>
    /// Throws <see cref="JsonException"/> and <see cref="InvalidOperationException"/>; the row can then be filled again.
    /// </summary>
    private void AddMembers(ReadOnlySpan<byte> json)
    {
        TimeText.Clear();
        Clear(_top);
        _rest.Clear();
        _unknown.ResetWrittenCount();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var hasKubernetes = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            if (reader.ValueTextEquals("kubernetes"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
                if (isObject && !hasKubernetes)
                    AddKubernetes(json[start..(int)reader.BytesConsumed]);
                else
                    AddUnknown(_unknown, json[nameAt..(int)reader.BytesConsumed]);
                hasKubernetes |= isObject;
            }
            else
            {
                AddMember(ref reader, json, nameAt, reader.ValueTextEquals("time"u8) ? TimeText : Find(ref reader, _top), _unknown);
            }
        }

        while (reader.Read())
        {
        }

        if (!hasKubernetes)
            ForgetKubernetes();
        else if (_lastUnknown.Length > 0)
            AddUnknown(_unknown, [.. "\"kubernetes\":{"u8, .. _lastUnknown, (byte)'}']);
        if (_unknown.WrittenCount > 0)
            _rest.Set([(byte)'{', .. _unknown.WrittenSpan, (byte)'}']);
    }

    /// <summary>Nearly always it equals the row before, and so do its cells.</summary>
    private void AddKubernetes(ReadOnlySpan<byte> json)
    {
        if (json.SequenceEqual(_lastKubernetes))
            return;
        ForgetKubernetes();
        var unknown = new ArrayBufferWriter<byte>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            AddMember(ref reader, json, (int)reader.TokenStartIndex, Find(ref reader, _kubernetes), unknown);
        (_lastKubernetes, _lastUnknown) = (json.ToArray(), unknown.WrittenSpan.ToArray());
    }

    private void ForgetKubernetes()
    {
        Clear(_kubernetes);
        (_lastKubernetes, _lastUnknown) = ([], []);
    }

    /// <summary>The first field of a name fills the column; a second one, or one of another type, is treated as unknown.</summary>
    private static void AddMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int nameAt, Column? column, ArrayBufferWriter<byte> unknown)
    {
        reader.Read();
        if (column is not null && !column.HasValue && column.TrySet(ref reader, json))
            return;
        reader.Skip();
        AddUnknown(unknown, json[nameAt..(int)reader.BytesConsumed]);
    }

    private static void AddUnknown(ArrayBufferWriter<byte> unknown, ReadOnlySpan<byte> member)
    {
        if (unknown.WrittenCount > 0)
            unknown.Write(","u8);
        unknown.Write(member);
    }

    private static Column? Find(ref Utf8JsonReader reader, Column[] columns)
    {
        foreach (var column in columns)
        {
            if (reader.ValueTextEquals(column.Name))
                return column;
        }

        return null;
    }

    private static void Clear(Column[] columns)
    {
        foreach (var column in columns)
            column.Clear();
    }
}
