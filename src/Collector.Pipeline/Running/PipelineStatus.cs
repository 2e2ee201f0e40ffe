using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tailing;

namespace Collector.Pipeline.Running;

/// <summary>The agent's whole state, at one moment (contract §1, <c>collector status</c>).</summary>
/// <param name="Books">The accounting.</param>
/// <param name="Stores">Where each configured output writes, with its identity; never a secret.</param>
/// <param name="Logs">What is read; null: the tail gave no answer in time.</param>
public sealed record PipelineStatus(BooksSnapshot Books, IReadOnlyDictionary<string, string> Stores, TailStatus? Logs)
{
    /// <summary>Null: the agent is not about to end.</summary>
    public EndingStatus? Ending { get; init; }
}

/// <summary>How far an agent is that was stopped, or has read everything with <c>--once</c>.</summary>
/// <param name="IsReadingOver">Nothing is read any more; what waits is sealed and uploaded.</param>
/// <param name="Left">Of <c>shutdown.grace</c>; null: it was not stopped, and ends when nothing waits or nothing is stored for that long.</param>
public sealed record EndingStatus(bool IsReadingOver, TimeSpan? Left);
