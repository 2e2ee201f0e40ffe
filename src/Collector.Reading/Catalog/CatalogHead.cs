using System.Globalization;
using System.Text.Json;

namespace Collector.Reading.Catalog;

/// <summary>The first line of a catalog object (Collector.Pipeline/Catalog/CATALOG.md).</summary>
/// <param name="Number">The object's number.</param>
/// <param name="Node">The node's name.</param>
/// <param name="Output">Whose catalog.</param>
/// <param name="Instance">The instance of the data dir, as in keys.</param>
/// <param name="Previous">The SHA-256 of the object before it, in hexadecimal; null: it is the first.</param>
/// <param name="From">The number of its first line.</param>
/// <param name="To">The number after its last line.</param>
/// <param name="Made">When.</param>
public sealed record CatalogHead(long Number, string Node, string Output, string Instance, string? Previous, long From, long To, DateTimeOffset Made)
{
    /// <summary>The first seq that the process can have given out; 0 if <see cref="Settled"/> is null.</summary>
    public long Since { get; init; }

    /// <summary>Each object with a lower seq, except those pending, has its line by now; null: unknown.</summary>
    public long? Settled { get; init; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<long> Pending { get; init; } = [];

    internal static CatalogHead Parse(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var head = document.RootElement;
        var isSettled = head.TryGetProperty("settled", out var settled);
        return new CatalogHead(
            head.GetProperty("catalog").GetInt64(), Text(head, "node")!, Text(head, "output")!, Text(head, "instance")!, Text(head, "previous"),
            head.GetProperty("from").GetInt64(), head.GetProperty("to").GetInt64(),
            DateTimeOffset.Parse(Text(head, "made")!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal))
        {
            Since = isSettled ? head.GetProperty("since").GetInt64() : 0,
            Settled = isSettled ? settled.GetInt64() : null,
            Pending = isSettled ? [.. head.GetProperty("pending").EnumerateArray().Select(seq => seq.GetInt64())] : [],
        };
    }

    private static string? Text(JsonElement head, string name) =>
        head.GetProperty(name).GetString() ?? (name == "previous" ? null : throw new FormatException($"no {name}"));
}
