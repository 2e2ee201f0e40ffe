using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tailing;

namespace Collector.Pipeline.Running;

/// <summary>The agent's whole state, at one moment (contract §1, <c>collector status</c>).</summary>
/// <param name="Books">The accounting.</param>
/// <param name="Stores">Where each configured output writes, with its identity; never a secret.</param>
/// <param name="Logs">What is read; null: the tail gave no answer in time.</param>
public sealed record PipelineStatus(BooksSnapshot Books, IReadOnlyDictionary<string, string> Stores, TailStatus? Logs);
