using Collector.Pipeline.Positions;

namespace Collector.Pipeline.Tailing;

/// <summary>As which generation a file goes on that has lost a part, while not every output has noted that.</summary>
/// <param name="Id">The new one's.</param>
/// <param name="At">Where it goes on.</param>
/// <param name="Head">Its first bytes.</param>
internal sealed record Continuation(GenerationId Id, long At, Fingerprint Head)
{
    /// <summary>The outputs that have, by number.</summary>
    public HashSet<int> NotedBy { get; } = [];
}
