using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Records;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// What is known of a container at one moment, and what annotations say about its log. Immutable; equal facts mean that nothing has
/// to be done.
/// </summary>
public sealed record ContainerFacts
{
    public required RecordIdentity Identity { get; init; }

    /// <summary>
    /// More facts are expected soon: a file that was not read yet waits, at most <see cref="TailSettings.MetadataTimeout"/>.
    /// </summary>
    public bool IsPending { get; init; }

    /// <summary>The excluded streams; with both of them the file is not even opened.</summary>
    public LogStreams Excluded { get; init; }

    /// <summary>The reason, if anything is excluded.</summary>
    public ExclusionReason Reason { get; init; }

    /// <summary>Whether lines that are JSON objects also appear parsed; null: as the source is configured.</summary>
    public bool? ParseJson { get; init; }

    /// <summary>The container of this restart number has ended: missing lines will not come.</summary>
    public bool HasEnded { get; init; }
}
