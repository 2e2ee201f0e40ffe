using System.Globalization;
using System.Text.Json;

namespace Collector.Reading.Catalog;

/// <summary>One line of a catalog (Collector.Pipeline/Catalog/CATALOG.md).</summary>
/// <param name="Number">Among the lines of its output.</param>
/// <param name="Kind">What it tells of.</param>
/// <param name="Reason">Of what was dropped, skipped or lost; else empty.</param>
public sealed record CatalogEntry(long Number, CatalogEntryKind Kind, string Reason)
{
    /// <summary>The object's; empty when it tells of none.</summary>
    public string Key { get; init; } = "";

    public string FirstTime { get; init; } = "";

    public string LastTime { get; init; } = "";

    public long Records { get; init; }

    /// <summary>Before compression.</summary>
    public long Bytes { get; init; }

    public long StoredBytes { get; init; }

    /// <summary>Of the stored bytes, in hexadecimal; null: not taken.</summary>
    public string? Crc32C { get; init; }

    /// <summary>As <see cref="Crc32C"/>.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The first record's <c>kubernetes</c>; null: it has none.</summary>
    public JsonElement? Kubernetes { get; init; }

    /// <summary>Bytes of sources.</summary>
    public IReadOnlyList<CatalogSource> Sources { get; init; } = [];

    /// <summary>Of <see cref="CatalogEntryKind.Ended"/>: which log, as <see cref="CatalogSource.Log"/>; else empty.</summary>
    public string Log { get; init; } = "";

    /// <summary>Of <see cref="CatalogEntryKind.Ended"/>: the container's restart number.</summary>
    public int Restart { get; init; }

    /// <summary>Which streams its records are of; empty: they are files' lines, or it was not noted.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>The parts of the body that can be decoded alone; empty: not noted.</summary>
    public IReadOnlyList<CatalogMember> Members { get; init; } = [];

    /// <summary>Of <see cref="CatalogEntryKind.Off"/>: the first object that may have no line.</summary>
    public long OffFrom { get; init; }

    /// <summary>Throws what a reader of JSON throws when the line is not one of a catalog.</summary>
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
        if (line.TryGetProperty("ended", out var ended))
            return new CatalogEntry(number, CatalogEntryKind.Ended, "") { Log = Text(ended), Restart = line.GetProperty("restart_count").GetInt32() };
        var isDropped = line.TryGetProperty("dropped", out var dropped);
        return new CatalogEntry(number, isDropped ? CatalogEntryKind.Dropped : CatalogEntryKind.Stored, isDropped ? Text(dropped) : "")
        {
            Key = Text(line.GetProperty("key")),
            FirstTime = Text(line.GetProperty("firsttime")),
            LastTime = Text(line.GetProperty("lasttime")),
            Records = line.GetProperty("records").GetInt64(),
            Bytes = line.GetProperty("bytes").GetInt64(),
            StoredBytes = line.GetProperty("stored_bytes").GetInt64(),
            Crc32C = line.TryGetProperty("crc32c", out var crc) ? Text(crc) : null,
            Sha256 = line.TryGetProperty("sha256", out var sha) ? Text(sha) : null,
            Kubernetes = line.TryGetProperty("kubernetes", out var kubernetes) && kubernetes.ValueKind == JsonValueKind.Object ? kubernetes.Clone() : null,
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
        return 0 <= from && from < to ? (from, to) : throw new FormatException("an interval that is none");
    }

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("a text that is none");
}

/// <summary>What a line of a catalog tells of.</summary>
public enum CatalogEntryKind
{
    /// <summary>An object that the store has.</summary>
    Stored,

    /// <summary>An object that it has not, or perhaps.</summary>
    Dropped,

    /// <summary>Bytes that make no record, or are not wanted.</summary>
    Skipped,

    /// <summary>Bytes that were gone before they were read.</summary>
    Lost,

    /// <summary>A container's end.</summary>
    Ended,

    /// <summary>Objects of a time in which no catalog was written.</summary>
    Off,
}

/// <summary>Bytes of one file's life.</summary>
/// <param name="Log">Which log: <c>pod:NAMESPACE_POD_UID/CONTAINER</c>; <c>docker:ID</c>, <c>plain:PATH</c> or <c>file:PATH</c> where nothing else is known of it.</param>
/// <param name="Generation">Of the file.</param>
/// <param name="File">Its name when it was last looked at.</param>
/// <param name="Intervals">Of its (decompressed) bytes; ascending, half open.</param>
public sealed record CatalogSource(string Log, ulong Generation, string File, IReadOnlyList<(long From, long To)> Intervals);

/// <summary>A part of an object's body that can be decoded alone.</summary>
/// <param name="Offset">Where it begins in the stored bytes.</param>
/// <param name="FirstTime">Of its first record that has one; empty: none has.</param>
public sealed record CatalogMember(long Offset, string FirstTime);
