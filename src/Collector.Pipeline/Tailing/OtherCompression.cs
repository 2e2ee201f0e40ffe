using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Files that are compressed otherwise than by gzip are no text (R6): each is passed over, and told once. That is durable, as
/// skipped to beyond any end, so that it is told in one life alone. Owned by the tail worker.
/// </summary>
internal static class OtherCompression
{
    public static bool Has(SeenFile file) => CompressedKinds.IsUnread(CompressedKinds.Of(file.Path, file.Head));

    /// <summary>Passes a new generation over, and tells of it, unless the file that it was made from had been read to its end.</summary>
    public static void PassOver(Folder folder, Generation generation, SeenFile file, long now)
    {
        if (!WasRead(folder, file))
        {
            // Before the note: a process that dies in between tells it twice, and the other order would tell it never.
            folder.Source.Unreadables.Tell(folder.Root.Locate(file.Path), CompressedKinds.WhyUnread);
        }

        generation.Unwanted.Add(0, Generation.AnySize);
        generation.End(now);
        foreach (var output in generation.Chain.Outputs)
        {
            var gaps = new CoverageMap();
            generation.AddGaps(output, Generation.AnySize, gaps);
            if (output.TrySkip(SkipReason.NoRecord, gaps))
            {
                generation.Covered[output.Index].Add(0, Generation.AnySize);
            }
        }
    }

    /// <summary>Durably: the note that this file is passed over is durable at once, and must not outlive what was read of its original.</summary>
    private static bool WasRead(Folder folder, SeenFile file)
    {
        var original = file.Path[..^Path.GetExtension(file.Path).Length];
        var known = folder.Chains.Values.SelectMany(c => c.Generations).FirstOrDefault(g => g.Chain.PathOf(g.Identity.Name) == original);
        return known is { Position: > 0 } && known.Position >= known.Size && known.Chain.Outputs.All(o => o.TrySyncRecords());
    }
}
