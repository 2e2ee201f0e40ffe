using System.Globalization;
using System.Text;
using System.Text.Json;
using Collector.Pipeline.Records;
using Collector.Reading.Lines;

namespace Collector.Reading.Catalog;

/// <summary>One line of a catalog (Collector.Pipeline/Catalog/CATALOG.md).</summary>
/// <param name="Number">Among the lines of its output.</param>
/// <param name="Kind">The kind of the line.</param>
/// <param name="Reason">For what was dropped, skipped or lost; else empty.</param>
public sealed record CatalogEntry(long Number, CatalogEntryKind Kind, string Reason)
{
    /// <summary>The object's key; empty for lines that are not about an object.</summary>
    public string Key { get; init; } = "";

    public string FirstTime { get; init; } = "";

    public string LastTime { get; init; } = "";

    /// <summary>
    /// All times that it has of the records: of the first and the last written one, and of each member's first. An object of several
    /// streams or containers, or of a clock that was set back, may end before it begins; a time between these is not known.
    /// </summary>
    internal IEnumerable<RecordTime> Times =>
        Members.Select(member => member.FirstTime).Append(FirstTime).Append(LastTime).Select(TimeOf).OfType<RecordTime>();

    /// <summary>The least and the greatest of these times; null: there are none.</summary>
    internal (RecordTime First, RecordTime Last)? Bounds => Times.Order().ToList() is [var first, ..] times ? (first, times[^1]) : null;

    public long Records { get; init; }

    /// <summary>Before compression.</summary>
    public long Bytes { get; init; }

    public long StoredBytes { get; init; }

    /// <summary>Of the stored bytes, in hexadecimal; null: none.</summary>
    public string? Crc32C { get; init; }

    /// <summary>As <see cref="Crc32C"/>.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What the first record's <c>kubernetes</c> says; null: it has none.</summary>
    public Source? Source { get; init; }

    /// <summary>Bytes of sources.</summary>
    public IReadOnlyList<CatalogSource> Sources { get; init; } = [];

    /// <summary>For <see cref="CatalogEntryKind.Ended"/> and <see cref="CatalogEntryKind.LostFiles"/>: the log, as <see cref="CatalogSource.Log"/>; else empty.</summary>
    public string Log { get; init; } = "";

    /// <summary>For <see cref="CatalogEntryKind.Ended"/>: the container's restart number.</summary>
    public int Restart { get; init; }

    /// <summary>The streams of its records; empty: a file's lines, or unknown.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>The parts of the body that can be decoded alone; empty: unknown.</summary>
    public IReadOnlyList<CatalogMember> Members { get; init; } = [];

    /// <summary>For <see cref="CatalogEntryKind.LostFiles"/>: their number.</summary>
    public long Files { get; init; }

    /// <summary>For <see cref="CatalogEntryKind.Off"/>: the first object that may have no line.</summary>
    public long OffFrom { get; init; }

    /// <summary>So that sums of them do not overflow.</summary>
    private const long MostAmount = 1L << 50;

    /// <summary>Throws the JSON reader's exceptions if the line is not a catalog line.</summary>
    internal static CatalogEntry Parse(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var line = document.RootElement;
        var number = line.GetProperty("line").GetInt64();
        if (line.TryGetProperty("off", out var off))
            return new CatalogEntry(number, CatalogEntryKind.Off, "") { OffFrom = off.GetInt64() };
        if (line.TryGetProperty("skipped", out var skipped))
            return new CatalogEntry(number, CatalogEntryKind.Skipped, Text(skipped)) { Sources = SourcesOf(line) };
        if (line.TryGetProperty("lost", out var lost))
            return new CatalogEntry(number, CatalogEntryKind.Lost, Text(lost)) { Sources = SourcesOf(line) };
        if (line.TryGetProperty("lost_files", out var files))
            return new CatalogEntry(number, CatalogEntryKind.LostFiles, Text(files)) { Files = line.GetProperty("files").GetInt64(), Log = Text(line.GetProperty("log")) };
        if (line.TryGetProperty("ended", out var ended))
            return new CatalogEntry(number, CatalogEntryKind.Ended, "") { Log = Text(ended), Restart = line.GetProperty("restart_count").GetInt32() };
        var isDropped = line.TryGetProperty("dropped", out var dropped);
        return new CatalogEntry(number, isDropped ? CatalogEntryKind.Dropped : CatalogEntryKind.Stored, isDropped ? Text(dropped) : "")
        {
            Key = Text(line.GetProperty("key")),
            FirstTime = Text(line.GetProperty("firsttime")),
            LastTime = Text(line.GetProperty("lasttime")),
            Records = Amount(line.GetProperty("records")),
            Bytes = Amount(line.GetProperty("bytes")),
            StoredBytes = Amount(line.GetProperty("stored_bytes")),
            Crc32C = line.TryGetProperty("crc32c", out var crc) ? Text(crc) : null,
            Sha256 = line.TryGetProperty("sha256", out var sha) ? Text(sha) : null,
            Source = line.TryGetProperty("kubernetes", out var kubernetes) && kubernetes.ValueKind == JsonValueKind.Object ? Source.Parse(Encoding.UTF8.GetBytes(kubernetes.GetRawText()), new Source()) : null,
            Streams = line.TryGetProperty("streams", out var streams) ? [.. streams.EnumerateArray().Select(Text)] : [],
            Members = line.TryGetProperty("members", out var members) ? [.. members.EnumerateArray().Select(Member)] : [],
            Sources = SourcesOf(line),
        };
    }

    private static CatalogMember Member(JsonElement member) =>
        new(member.GetProperty("offset").GetInt64(), member.TryGetProperty("firsttime", out var time) ? Text(time) : "");

    private static List<CatalogSource> SourcesOf(JsonElement line) =>
    [
        .. line.GetProperty("sources").EnumerateArray().Select(source => new CatalogSource(
            Text(source.GetProperty("log")),
            ulong.Parse(Text(source.GetProperty("generation")), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            Text(source.GetProperty("file")),
            [.. source.GetProperty("intervals").EnumerateArray().Select(Interval)])),
    ];

    private static (long From, long To) Interval(JsonElement pair)
    {
        var (from, to) = (pair[0].GetInt64(), pair[1].GetInt64());
        return 0 <= from && from < to ? (from, to) : throw new FormatException("an invalid interval");
    }

    private static long Amount(JsonElement value) => value.GetInt64() is >= 0 and <= MostAmount and var amount ? amount : throw new FormatException("an invalid amount");

    private static RecordTime? TimeOf(string text) => RecordTime.TryParse(Encoding.UTF8.GetBytes(text), out var time) ? time : null;

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("an invalid string");
}

/// <summary>What a catalog line is about.</summary>
public enum CatalogEntryKind
{
    /// <summary>The store has the object.</summary>
    Stored,

    /// <summary>The store does not have the object, or may not have it.</summary>
    Dropped,

    /// <summary>Bytes without a record, or skipped on purpose.</summary>
    Skipped,

    /// <summary>Bytes that were deleted before they were read.</summary>
    Lost,

    /// <summary>Whole files that are lost, or whose end may be.</summary>
    LostFiles,

    /// <summary>A container's end.</summary>
    Ended,

    /// <summary>Objects from a time without a catalog.</summary>
    Off,
}

/// <summary>Bytes of one file generation.</summary>
/// <param name="Log">The log: <c>pod:NAMESPACE_POD_UID/CONTAINER</c>; <c>docker:ID</c>, <c>plain:PATH</c> or <c>file:PATH</c> where nothing else is known of it.</param>
/// <param name="Generation">The file's generation.</param>
/// <param name="File">The file's name when it was last seen.</param>
/// <param name="Intervals">Intervals of its (decompressed) bytes; ascending, half open.</param>
public sealed record CatalogSource(string Log, ulong Generation, string File, IReadOnlyList<(long From, long To)> Intervals);

/// <summary>A part of an object's body that can be decoded alone.</summary>
/// <param name="Offset">Where it begins in the stored bytes.</param>
/// <param name="FirstTime">The time of its first record with a time; empty: no record has one.</param>
public sealed record CatalogMember(long Offset, string FirstTime);
