namespace Collector.Simulation.Agent;

/// <summary>What one life of the agent counted.</summary>
/// <param name="BytesLost">By reason.</param>
/// <param name="FilesLost">By reason.</param>
/// <param name="Dropped">Records that were given up, in any output.</param>
internal sealed record AgentFigures(IReadOnlyDictionary<string, long> BytesLost, IReadOnlyDictionary<string, long> FilesLost, long Dropped)
{
    public long AllBytesLost => BytesLost.Values.Sum();

    public long AllFilesLost => FilesLost.Values.Sum();
}
