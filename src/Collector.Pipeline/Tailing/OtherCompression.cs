using Collector.Pipeline.Catalog;
using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Following;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Files with a compression other than gzip, or with more than one, are not text (R6): each is skipped, and logged once. That is durable, as skipped beyond
/// any end, so that it is logged in one run only. Owned by the tail worker.
/// </summary>
internal static class OtherCompression
{
    private const string Twice = "it is compressed more than once; compress it once, with gzip";

    private const string OtherName = "it is compressed with gzip, and its name does not end in .gz; give such files the ending .gz";

    /// <summary>Why the file is no text, as the end of a sentence that names it; null: it is text, or decompresses to text.</summary>
    public static string? Of(SeenFile file) =>
        CompressedKinds.IsUnread(CompressedKinds.Of(file.Path, file.Head)) ? (file.IsGzip ? Twice : CompressedKinds.WhyUnread)
        : CompressedKinds.Of("", file.Head) == CompressedKind.None ? null
        : file.IsGzip ? Twice
        : OtherName;

    /// <summary>Skips a new generation, and logs it, unless its original had been read to its end.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="generation">The file's.</param>
    /// <param name="file">As it was seen.</param>
    /// <param name="why">From <see cref="Of"/>.</param>
    /// <param name="now">Monotonic.</param>
    public static void PassOver(Folder folder, Generation generation, SeenFile file, string why, long now)
    {
        var isLost = !WasRead(folder, file);
        if (isLost)
        {
            // Logged before it is noted. A process that dies in between logs it twice; in the other order it might never be logged.
            folder.Source.Unreadables.Tell(folder.Root.Locate(file.Path), why);
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
    /// Whether its name says of which file it is the form, and that file was read. Durably: the note that this file is skipped is durable at once, and must not outlive the records of its original.
    /// </summary>
    private static bool WasRead(Folder folder, SeenFile file)
    {
        if (CompressedKinds.Of(file.Path, []) == CompressedKind.None)
        {
            return false;
        }

        var original = file.Path[..^Path.GetExtension(file.Path).Length];
        var known = folder.Chains.Values.SelectMany(c => c.Generations).FirstOrDefault(g => g.Chain.PathOf(g.Identity.Name) == original);
        return known is { Position: > 0 } && known.Position >= known.Size && known.Chain.Outputs.All(o => o.TrySyncRecords());
    }
}
