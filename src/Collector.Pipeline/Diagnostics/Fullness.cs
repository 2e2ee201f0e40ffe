using System.Globalization;

namespace Collector.Pipeline.Diagnostics;

/// <summary>
/// Why an output takes no records, or drops old ones, with figures and a fix: the same text in the log, <c>/readyz</c> and the
/// commands.
/// </summary>
/// <param name="Reason">As a label.</param>
/// <param name="Why">In words, with figures.</param>
/// <param name="Remedy">The fix.</param>
public sealed record Fullness(FullReason Reason, string Why, string Remedy)
{
    /// <summary>It still takes records: its oldest objects are dropped for them.</summary>
    public bool IsDropping { get; init; }

    public static Fullness OfQuota(long used, long limit) => new(
        FullReason.MaxSize,
        $"its buffer holds {Bytes(used)}, and buffer.maxSize is {Bytes(limit)}",
        "the output takes records again when the store has accepted some objects; find out why the store does not, or raise buffer.maxSize");

    public static Fullness OfDisk(long free, long total, string wanted) => new(
        FullReason.MinFreeDisk,
        string.Create(CultureInfo.InvariantCulture, $"the disk of the data dir has {Bytes(free)} of {Bytes(total)} free ({100.0 * free / Math.Max(1, total):0.0} %), and buffer.minFreeDisk is {wanted}"),
        "free space on that disk, or lower buffer.minFreeDisk");

    public static Fullness OfNoSpace(string error) => new(FullReason.NoSpace, $"its buffer cannot be written: {error}", "free space on the disk of the data dir");

    public static Fullness OfError(string error) => new(FullReason.DiskError, $"its buffer cannot be written: {error}", "repair the disk of the data dir");

    public static Fullness OfSealing() => new(FullReason.Sealing, "the number of its chunks that wait to be sealed has reached batch.maxOpen", "give the node a faster disk, or use a coarser keyPrefix");

    /// <summary>In the largest decimal unit: 1.2 GB.</summary>
    public static string Bytes(long bytes)
    {
        var (unit, name) = bytes switch
        {
            >= 1_000_000_000_000 => (1e12, "TB"),
            >= 1_000_000_000 => (1e9, "GB"),
            >= 1_000_000 => (1e6, "MB"),
            >= 1_000 => (1e3, "kB"),
            _ => (1, "bytes"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit:0.##} {name}");
    }
}
