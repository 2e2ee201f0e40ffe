using Collector.Pipeline.Buffer;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Tailing;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Running;

/// <summary>
/// Recovers a data dir: the configured outputs, and those that are no longer configured. Everything is read before anything is
/// changed, so that a data dir of an unsupported version stays unchanged.
/// </summary>
internal sealed partial class PipelineRecovery(DataDir dataDir, string location, IReadOnlyList<OutputSettings> outputs, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>A smaller jump is a clock that is corrected now and then.</summary>
    private static readonly TimeSpan Noteworthy = TimeSpan.FromDays(1);

    /// <summary>
    /// The configured outputs in their order, the coverage of outputs that are not configured now, and what was read for none. The
    /// caller disposes the positions.
    /// </summary>
    public (IReadOnlyList<RecoveredOutput> Outputs, IReadOnlyList<Positions.CoverageMap> Orphans, UnwantedPositions Unwanted) Run()
    {
        var known = dataDir.Outputs;
        var loaded = known.ToDictionary(n => n, Load, StringComparer.Ordinal);
        var numbering = new Numbering(dataDir.Instance(renew: loaded.Values.Any(l => l.Positions.Damage.Count > 0)), clock);
        foreach (var (_, positions) in loaded.Values)
        {
            numbering.Raise(positions.HighestSeq, positions.HighestOpenedAt);
        }

        TellFuture(numbering.LastOpenedAt);

        var recovered = new List<RecoveredOutput>();
        var orphans = new List<Positions.CoverageMap>();
        try
        {
            foreach (var output in outputs)
            {
                recovered.Add(Recover(loaded.TryGetValue(output.Name, out var found) ? found : Load(output.Name), numbering, output.Catalog.Enabled));
            }

            foreach (var name in known.Except(outputs.Select(o => o.Name), StringComparer.Ordinal))
            {
                var orphan = Recover(loaded[name], numbering, hasCatalog: true);
                NameOrphan(name, orphan);
                orphans.Add(orphan.Coverage);
            }

            return (recovered, orphans, UnwantedPositions.Open(dataDir.Unwanted, numbering));
        }
        catch
        {
            recovered.ForEach(r => r.Positions.Dispose());
            throw;
        }
    }

    /// <summary>Keys never go back, so the time of a clock that was once far ahead stays in all keys until it is reached.</summary>
    private void TellFuture(long openedAt)
    {
        var now = clock.GetUtcNow();
        if (openedAt - now.ToUnixTimeMilliseconds() > Noteworthy.TotalMilliseconds)
        {
            LogFuture(Math.Min((openedAt - now.ToUnixTimeMilliseconds()) / TimeSpan.MillisecondsPerDay, int.MaxValue), openedAt);
        }
    }

    private (OutputRecovery Recovery, Positions.LoadedPositions Positions) Load(string name)
    {
        var recovery = new OutputRecovery(dataDir.Output(name), logger);
        return (recovery, recovery.Load());
    }

    private static RecoveredOutput Recover((OutputRecovery Recovery, Positions.LoadedPositions Positions) loaded, Numbering numbering, bool hasCatalog) =>
        loaded.Recovery.Recover(loaded.Positions, numbering, hasCatalog);

    /// <summary>
    /// The records of an output that is no longer configured stay, count, and are logged with the two ways out (contract §2).
    /// </summary>
    private void NameOrphan(string name, RecoveredOutput output)
    {
        output.Positions.Dispose();
        var waiting = output.Waiting;
        if (waiting + output.GivenBack + output.Quarantined.Sum(q => q.Records) > 0)
        {
            output.Count(books.Output(name));
        }

        if (waiting > 0)
        {
            LogOrphan(name, waiting, location);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the newest object's time ({OpenedAt} ms since 1970) is {Days} days ahead of this node's clock; keys never go back, so the keys of new objects keep that time until the clock has reached it; correct the clock; an empty dataDir removes the jump, but all logs on the node are then read and stored again")]
    private partial void LogFuture(long days, long openedAt);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Records} records wait in the buffer for output {Output}, which is not configured; configure the output again to deliver them, or drop them with: collector buffer drop --output {Output} --data-dir {DataDir}")]
    private partial void LogOrphan(string output, long records, string dataDir);
}
