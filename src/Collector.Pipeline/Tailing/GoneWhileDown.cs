using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Logs that an earlier run of the collector followed, and of which no file is left (DESIGN.md, What is lost). Owned by the tail worker.
/// </summary>
/// <param name="outputs">All outputs.</param>
/// <param name="books">Counts the losses.</param>
/// <param name="clock">Tells when the loss was noticed.</param>
/// <param name="logger">Logs them.</param>
internal sealed partial class GoneWhileDown(IReadOnlyList<Output> outputs, Books books, TimeProvider clock, ILogger logger)
{
    /// <summary>Counts what of a log is lost, and notes the end of its files.</summary>
    /// <param name="key">The log's.</param>
    /// <param name="location">For messages.</param>
    /// <param name="generations">All that is known of it; one at least has not ended, and is wanted.</param>
    public void Count(string key, string location, IReadOnlyList<Generation> generations)
    {
        var last = generations.Where(g => g.IsWanted && !g.IsNoText && !g.WasSeenToGo).MaxBy(g => g.Identity.Ordinal)!;
        var unread = generations.Where(g => !g.HasEnded && g.IsWanted).Sum(g => g.Unread(outputs));
        books.LostBytes(BytesLostReason.RotatedAway, unread);
        if (unread > 0)
        {
            CountLostFile(FilesLostReason.GenerationGone);
            LogGoneWhileDown(LogText.Shorten(location), unread);
        }
        else if (!last.HasEnded)
        {
            CountLostFile(FilesLostReason.MayHaveGrown);
            LogMayHaveGrown(LogText.Shorten(location), last.Position);
        }

        foreach (var generation in generations)
        {
            generation.SawLoss(clock, []);
        }

        foreach (var output in outputs)
        {
            foreach (var generation in generations)
            {
                if (generation is { HasEnded: false, IsWanted: true })
                {
                    output.TryEnd(generation, BytesLostReason.RotatedAway);
                }
                else
                {
                    output.TryEnd(generation);
                }
            }
        }

        void CountLostFile(FilesLostReason reason)
        {
            books.LostFiles(reason, 1);
            foreach (var output in outputs.Where(o => !last.Covered[o.Index].IsEmpty))
            {
                output.TryTellLost(new LostFiles(reason, 1, key) { File = last.Identity });
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} was deleted while the collector was down; all {Bytes} bytes that the collector had seen were read; lines that were written later, if any, are lost")]
    private partial void LogMayHaveGrown(string path, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was deleted while the collector was down; {Unread} bytes that were seen but not read are counted as lost; if this happens again, let the rotation keep more files, or find out why the collector lags (collector status)")]
    private partial void LogGoneWhileDown(string path, long unread);
}
