namespace Collector.Pipeline.Tailing;

/// <summary>Which siblings a chain's directory holds. Owned by the tail worker.</summary>
internal sealed class SiblingListing(TimeProvider clock)
{
    /// <summary>A directory whose mtime is younger than that may change again within the same tick of the file system's clock.</summary>
    private const long TrustedAge = 2_000_000_000;

    /// <summary>Whether the chain's directory has to be listed.</summary>
    public static bool HasChanged(Chain chain)
    {
        if (!chain.Root.TryGetStatus(PlaceOf(chain), out var directory) || directory.Links == 0)
        {
            return true;
        }

        return chain.IsUndecided || chain.ListedAt == 0 || chain.ListedAt != directory.ModificationTime;
    }

    /// <summary>The siblings now there, oldest first, and the inodes of the files that bear their names (0: not to be told). Null when the directory cannot be listed.</summary>
    public List<(SiblingName Name, ulong Inode)>? List(Chain chain)
    {
        var known = chain.Root.TryGetStatus(PlaceOf(chain), out var directory);
        var listing = chain.Root.List(chain.Directory);
        if (!listing.IsListed || !known)
        {
            chain.ListedAt = 0;
            return chain.Root.IsGone(PlaceOf(chain)) ? [] : null;
        }

        var age = clock.GetUtcNow().UnixNanoseconds() - directory.ModificationTime;
        chain.ListedAt = age > TrustedAge ? directory.ModificationTime : 0;
        return Select(chain, listing.Names).ConvertAll(name => (name, chain.Root.TryGetStatus(chain.PathOf(name.Name), out var status) ? status.Inode : 0));
    }

    private static string PlaceOf(Chain chain) => chain.Directory.Length == 0 ? "." : chain.Directory;

    private static List<SiblingName> Select(Chain chain, IReadOnlyList<string> names)
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
