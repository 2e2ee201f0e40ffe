using Collector.Pipeline.Buffer;
using Collector.Pipeline.Records;
using Collector.Pipeline.Tailing;
using Collector.Pipeline.Upload;

namespace Collector.Pipeline.Running;

/// <summary>An output with its store, and its filter of each source.</summary>
public sealed record PipelineOutput(OutputSettings Settings, IObjectStore Store, Func<string, RecordIdentity, bool> Match);

/// <summary>The whole data path, as the host configures it.</summary>
public sealed record PipelineSettings
{
    public required string DataDir { get; init; }

    public required TailSettings Tail { get; init; }

    public required IReadOnlyList<PipelineOutput> Outputs { get; init; }

    public BufferSettings Buffer { get; init; } = new();

    public ShutdownSettings Shutdown { get; init; } = new();

    /// <summary>Read the files that are there now, deliver them, and end.</summary>
    public bool IsOnce { get; init; }
}

/// <summary>The end of a run (contract §2, <c>shutdown</c>).</summary>
public sealed record ShutdownSettings
{
    /// <summary>After a stop (SIGTERM): read to the end, seal and upload for at most this long.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(25);
}

/// <summary>How a run ended.</summary>
public enum PipelineEnd
{
    /// <summary>Everything that was read is stored, or durable on disk; with <see cref="PipelineSettings.IsOnce"/>: stored.</summary>
    Done,

    /// <summary>With <see cref="PipelineSettings.IsOnce"/>: something is left.</summary>
    Incomplete,

    /// <summary>A loop could not continue (I12).</summary>
    Failed,

    /// <summary>The data dir was deleted or replaced during the run, with what waited in it.</summary>
    DataDirGone,
}
