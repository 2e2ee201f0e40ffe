using System.Globalization;

namespace Collector.Pipeline.Diagnostics;

/// <summary>Why an output takes nothing more, or drops to take more, with figures and what to do: said alike in the log, by <c>/readyz</c> and by the commands.</summary>
/// <param name="Reason">As a label.</param>
/// <param name="Why">In words, with figures.</param>
/// <param name="Remedy">What somebody can do.</param>
public sealed record Fullness(FullReason Reason, string Why, string Remedy)
{
    /// <summary>It takes records all the same: its oldest objects go for them.</summary>
    public bool IsDropping { get; init; }

    public static Fullness OfQuota(long used, long limit) => new(
        FullReason.MaxSize,
        $"its buffer holds {Bytes(used)}, and buffer.maxSize is {Bytes(limit)}",
        "it takes more when the store has taken some of it; look why the store does not, or make buffer.maxSize larger");

    public static Fullness OfDisk(long free, long total, string wanted) => new(
        FullReason.MinFreeDisk,
        string.Create(CultureInfo.InvariantCulture, $"the disk of the data dir has {Bytes(free)} of {Bytes(total)} free ({100.0 * free / Math.Max(1, total):0.0} %), and buffer.minFreeDisk is {wanted}"),
        "make room on that disk, or make buffer.minFreeDisk smaller");

    public static Fullness OfNoSpace(string error) => new(FullReason.NoSpace, $"its buffer cannot be written: {error}", "make room on the disk of the data dir");

    public static Fullness OfError(string error) => new(FullReason.DiskError, $"its buffer cannot be written: {error}", "mend the disk of the data dir");

    public static Fullness OfSealing() => new(FullReason.Sealing, "as many of its chunks wait to be sealed as may be open (batch.maxOpen)", "give the node a faster disk, or use a coarser keyPrefix");

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
