using Collector.Pipeline.Positions;
using Collector.Pipeline.Sources;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// Finds the files for which another agent has left its position (DESIGN.md, Taking over). An inode's number alone is not enough,
/// because it may have been reused: the path must lead to the same writer, and the file must have existed.
/// </summary>
internal sealed class HandedPlaces
{
    /// <summary>A time in whole seconds, and the kernel's coarse clock.</summary>
    private const long ClockSlack = 2_000_000_000;

    /// <summary>Kubelet cuts a link's name at this many characters; then only its beginning identifies the container.</summary>
    private const int LongestLinkName = 255;

    private readonly ILookup<ulong, HandedPosition> _byInode;
    private readonly HashSet<string> _writers;
    private readonly List<string> _cutNames;

    public HandedPlaces(IReadOnlyList<HandedPosition> positions)
    {
        _byInode = positions.ToLookup(p => p.Inode);
        _writers = positions.SelectMany(p => WritersOf(p.Path)).ToHashSet(StringComparer.Ordinal);
        _cutNames = [.. positions.Select(p => Path.GetFileName(p.Path)).Where(n => n.Length == LongestLinkName)];
    }

    public bool IsEmpty => _byInode.Count == 0;

    /// <summary>How far the other agent has read a file; null: it did not know it.</summary>
    public long? OffsetOf(Generation generation)
    {
        if (generation.IsGzip || generation.HasEnded)
        {
            return null;
        }

        var known = _byInode[generation.Identity.Inode].Where(p => IsOf(p, generation)).ToList();
        return known.Count > 0 ? known.Max(p => p.Offset) : null;
    }

    /// <summary>Whether the other agent has read files of this writer.</summary>
    public bool Knows(Chain chain) =>
        NamesOf(chain).Any(_writers.Contains) || (chain.Container is { } container && _cutNames.Exists(name => ContainerPaths.Agree(name, container, out _)));

    private static bool IsOf(HandedPosition position, Generation generation)
    {
        var chain = generation.Chain;
        // A file that is shorter by now is another one, or was truncated: its content is not what the other agent read.
        var fits = position.Offset >= 0 && position.Offset <= generation.Size;
        var isOlder = position.KnownAt == 0 || generation.Identity.BirthTime <= (position.KnownAt * 1_000_000_000) + ClockSlack;
        return fits && isOlder && LeadsTo(position.Path, chain) && IsOfContainer(position.Path, chain.ContainerIdOf(generation));
    }

    private static bool LeadsTo(string path, Chain chain) =>
        WritersOf(path).Intersect(NamesOf(chain), StringComparer.Ordinal).Any() ||
        (chain.Container is { } container && Path.GetFileName(path) is { Length: LongestLinkName } name && ContainerPaths.Agree(name, container, out _));

    /// <summary>A new pod may have the same name, and its log the same inode.</summary>
    private static bool IsOfContainer(string path, string containerId) =>
        containerId.Length == 0 || !ContainerPaths.TryParseLinkName(Path.GetFileName(path), out var link) || link.ContainerId == containerId;

    /// <summary>The chains that a path may be a file of, by all names that they have.</summary>
    private static IEnumerable<string> WritersOf(string path)
    {
        var parts = path.Split('/');
        if (ContainerPaths.TryParseLinkName(parts[^1], out var link))
        {
            yield return NameOf(link);
        }

        if (parts.Length > 2)
        {
            yield return $"{parts[^3]}/{parts[^2]}";
        }

        if (parts.Length > 1)
        {
            yield return $"{parts[^2]}/";
        }

        // For any other file its name, or the name before a rotation: the other agent may have mounted the directory elsewhere.
        yield return parts[^1];
        foreach (var before in SiblingNames.BasesOf(parts[^1]))
        {
            yield return before;
        }
    }

    private static IEnumerable<string> NamesOf(Chain chain) => chain.Container is not { } container ? [chain.Names.Base]
        :
        [
            NameOf(container),
            $"{container.Namespace}_{container.Pod}_{container.PodUid}/{container.Container}",
            .. chain.Links.Values.Where(l => l.ContainerId.Length > 0).Select(l => $"{l.ContainerId}/"),
        ];

    private static string NameOf(ContainerRef container) => $"{container.Namespace}/{container.Pod}/{container.Container}";
}
