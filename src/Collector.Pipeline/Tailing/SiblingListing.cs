namespace Collector.Pipeline.Tailing;

/// <summary>Which siblings a chain's directory holds. Owned by the tail worker.</summary>
internal sealed class SiblingListing(TimeProvider clock)
{
    /// <summary>A directory whose mtime is younger than that may change again within the same tick of the file system's clock.</summary>
    private const long TrustedAge = 2_000_000_000;

    private const int MostListings = 3;

    /// <summary>Whether the chain's directory has to be listed.</summary>
    public static bool HasChanged(Chain chain)
    {
        if (!chain.Root.TryGetStatus(chain.Directory.Length == 0 ? "." : chain.Directory, out var directory) || directory.Links == 0)
        {
            return true;
        }

        return chain.IsUndecided || chain.ListedAt == 0 || chain.ListedAt != directory.ModificationTime;
    }

    /// <summary>
    /// The siblings now there; the listing is repeated while the directory changes under it, or a rotation in the middle
    /// would hide a generation. Null when the directory cannot be listed.
    /// </summary>
    public List<SiblingName>? List(Chain chain)
    {
        var directory = chain.Directory.Length == 0 ? "." : chain.Directory;
        for (var attempt = 1; ; attempt++)
        {
            var known = chain.Root.TryGetStatus(directory, out var before);
            var names = chain.Root.List(chain.Directory);
            if (!known || names is null)
            {
                chain.ListedAt = 0;
                return chain.Root.IsGone(directory) ? [] : null;
            }

            if (attempt == MostListings || (chain.Root.TryGetStatus(directory, out var after) && after.ModificationTime == before.ModificationTime))
            {
                var age = clock.GetUtcNow().UnixNanoseconds() - before.ModificationTime;
                chain.ListedAt = age > TrustedAge && attempt < MostListings ? before.ModificationTime : 0;
                return Select(chain, names);
            }
        }
    }

    /// <summary>Which files bear the names; 0: that cannot be told.</summary>
    public static List<ulong> InodesOf(Chain chain, List<SiblingName> names) =>
        names.ConvertAll(name => chain.Root.TryGetStatus(chain.PathOf(name.Name), out var status) ? status.Inode : 0);

    /// <summary>
    /// Whether the names, and the files that bear them, are still those that were listed: a listing, and the opening of what it
    /// names, take a moment in which a rotation can hide a generation from them.
    /// </summary>
    public static bool IsStill(Chain chain, List<SiblingName> listed, List<ulong> inodes)
    {
        if (chain.Root.List(chain.Directory) is not { } names)
        {
            return listed.Count == 0 && chain.Root.IsGone(chain.Directory.Length == 0 ? "." : chain.Directory);
        }

        var now = Select(chain, names);
        return now.SequenceEqual(listed) && InodesOf(chain, now).SequenceEqual(inodes);
    }

    private static List<SiblingName> Select(Chain chain, List<string> names)
    {
        var siblings = new List<SiblingName>();
        foreach (var name in names)
        {
            if (chain.Names.TryParse(name, out var sibling))
            {
                siblings.Add(sibling);
            }
        }

        // `x` and `x.gz`: kubelet is between writing the one and removing the other; `x` is read.
        siblings.RemoveAll(s => s.IsGzip && siblings.Exists(o => o.Name.Length == s.Name.Length - 3 && s.Name.StartsWith(o.Name, StringComparison.Ordinal)));
        siblings.Sort();
        return siblings;
    }
}
