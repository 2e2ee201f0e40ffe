namespace Collector.Reading;

/// <summary>How much is held while prefixes that mix containers are merged (DESIGN.md, "Memory").</summary>
internal sealed record MergeBounds
{
    public static MergeBounds Default { get; } = new();

    /// <summary>The text of a block, about; the agent's members are as large.</summary>
    public int BlockText { get; init; } = 1 << 20;

    /// <summary>Bytes of lines of all blocks that are decoded.</summary>
    public long MostHeld { get; init; } = 32 << 20;

    /// <summary>Bodies that are open at once. A decoder takes a quarter of a MiB, of zstd a MiB more.</summary>
    public int MostOpen { get; init; } = 16;

    /// <summary>Runs of containers in a sequence whose times are known.</summary>
    public int MostRuns { get; init; } = 20_000;

    /// <summary>How far before the newest object the last lines are looked for first.</summary>
    public TimeSpan FirstReach { get; init; } = TimeSpan.FromHours(1);
}
