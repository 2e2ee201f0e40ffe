using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Catalog;

/// <summary>Files of one log that are counted in <c>collector_files_lost_total</c>, for the catalog.</summary>
/// <param name="Reason">How they were lost.</param>
/// <param name="Files">Their number.</param>
/// <param name="Log">The log, named as in sources.</param>
internal sealed record LostFiles(FilesLostReason Reason, int Files, string Log)
{
    /// <summary>The file; null: it was never seen.</summary>
    public GenerationIdentity? File { get; init; }

    /// <summary>Of <see cref="FilesLostReason.RestartGap"/>: the container's restart number behind the gap; else null.</summary>
    public int? BeforeRestart { get; init; }
}
