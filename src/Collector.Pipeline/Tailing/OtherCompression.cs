using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Files with a compression other than gzip are not text (R6): each is skipped, and logged once. That is durable, as skipped beyond
/// any end, so that it is logged in one run only. Owned by the tail worker.
/// </summary>
internal static class OtherCompression
{
    public static bool Has(SeenFile file) => CompressedKinds.IsUnread(CompressedKinds.Of(file.Path, file.Head));

    /// <summary>Skips a new generation, and logs it, unless its original had been read to its end.</summary>
    public static void PassOver(Folder folder, Generation generation, SeenFile file, long now)
    {
        var isLost = !WasRead(folder, file);
        if (isLost)
        {
            // Logged before it is noted. A process that dies in between logs it twice; in the other order it might never be logged.
            folder.Source.Unreadables.Tell(folder.Root.Locate(file.Path), CompressedKinds.WhyUnread);
        }

        generation.Unwanted.Add(0, Generation.AnySize);
        generation.End(now);
        foreach (var output in generation.Chain.Outputs)
        {
            var gaps = new CoverageMap();
            generation.AddGaps(output, Generation.AnySize, gaps);
            if (isLost)
            {
                output.TryTellLost(new LostFiles(FilesLostReason.Unreadable, 1, generation.Chain.Key) { File = generation.Identity });
            }

            if (output.TrySkip(SkipReason.NoRecord, gaps))
            {
                generation.Covered[output.Index].Add(0, Generation.AnySize);
            }
        }
    }

    /// <summary>
    /// Durably: the note that this file is skipped is durable at once, and must not outlive the records of its original.
    /// </summary>
    private static bool WasRead(Folder folder, SeenFile file)
    {
        var original = file.Path[..^Path.GetExtension(file.Path).Length];
        var known = folder.Chains.Values.SelectMany(c => c.Generations).FirstOrDefault(g => g.Chain.PathOf(g.Identity.Name) == original);
        return known is { Position: > 0 } && known.Position >= known.Size && known.Chain.Outputs.All(o => o.TrySyncRecords());
    }
}
