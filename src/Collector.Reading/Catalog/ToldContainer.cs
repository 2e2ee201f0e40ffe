using Collector.Pipeline.Records;

namespace Collector.Reading.Catalog;

/// <summary>What the catalog says about one container's listed objects.</summary>
public sealed record ToldContainer
{
    /// <summary>The earliest time that the catalog has of its records.</summary>
    public RecordTime First { get; init; } = new(long.MaxValue);

    /// <summary>The latest time that the catalog has of its records.</summary>
    public RecordTime Last { get; init; } = new(long.MinValue);

    public int Objects { get; init; }

    public long Records { get; init; }

    /// <summary>Before compression.</summary>
    public long Bytes { get; init; }

    /// <summary>Kind and name of what owns its pod, like <c>Deployment/cart</c>; empty: the records do not say it.</summary>
    public string Workload { get; init; } = "";

    /// <summary>
    /// The newest container of this name has ended, and its log was read. False: it is running, or its end was not recorded.
    /// </summary>
    public bool HasEnded { get; init; }

    /// <summary>
    /// Some of its objects have lines of other containers, too: these objects' records and bytes are not counted here, and their times
    /// may be another container's.
    /// </summary>
    public bool SharesObjects { get; init; }

    /// <param name="entry">Of one of its objects.</param>
    /// <param name="isShared">The object has lines of other containers, too.</param>
    internal ToldContainer With(CatalogEntry entry, bool isShared = false)
    {
        RecordTime[] times = [.. entry.Times];
        return this with
        {
            First = times.Append(First).Min(),
            Last = times.Append(Last).Max(),
            Objects = Objects + 1,
            Records = Records + (isShared ? 0 : entry.Records),
            Bytes = Bytes + (isShared ? 0 : entry.Bytes),
            Workload = !isShared && WorkloadOf(entry) is { Length: > 0 } workload ? workload : Workload,
            SharesObjects = SharesObjects || isShared,
        };
    }

    private static string WorkloadOf(CatalogEntry entry) => entry.Source is { OwnerKind.Length: > 0, OwnerName.Length: > 0 } source ? $"{source.OwnerKind}/{source.OwnerName}" : "";
}
