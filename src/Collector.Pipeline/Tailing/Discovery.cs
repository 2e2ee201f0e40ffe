using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>A chain that a scan found: everything but its outputs and generations.</summary>
internal sealed record FoundChain(string Key, Folder Folder, SiblingNames Names, ContainerRef? Container)
{
    /// <summary>The link that led to it, where one did and told a container's id.</summary>
    public ContainerLink? Link { get; init; }
}

/// <summary>Finds the chains of one source by listing its pattern (DESIGN.md, The cycle, 2). Owned by the tail worker.</summary>
internal abstract class Discovery(FollowedSource source, TailSettings tail, TimeProvider clock) : IDisposable
{
    /// <summary>A directory's mtime younger than that may still change within one tick of the file system's clock.</summary>
    private static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(2);

    /// <summary>Listed anyway that often: mtimes are a hint.</summary>
    private static readonly TimeSpan FullScan = TimeSpan.FromSeconds(30);

    private readonly PathGlob[] _excluded = [.. source.Settings.ExcludePaths.Select(p => new PathGlob(p))];
    private long _listedAt;
    private long? _fullScanAt;

    public FollowedSource Source { get; } = source;

    protected PathGlob Glob { get; } = new(source.Settings.Path);

    protected ISourceRoot Root { get; } = tail.Tree.Open(new PathGlob(source.Settings.Path).Root, tail.DataDir);

    public static Discovery For(FollowedSource source, TailSettings tail, TimeProvider clock) => source.Settings switch
    {
        ContainerSourceSettings containers => new ContainerDiscovery(source, containers, tail, clock),
        _ => new FileDiscovery(source, tail, clock),
    };

    /// <summary>Lists; <paramref name="found"/> is called for every chain that is there, known or not.</summary>
    public void Scan(Action<FoundChain, string> found)
    {
        if (HasChanged())
        {
            var names = Glob.Expand(
                directory => Root.List(directory).Names,
                IsDirectory);
            Take([.. names.Where(name => !IsExcluded(PathOf(name)))], found);
        }
    }

    /// <summary>Whether a chain of an earlier life belongs to this source as it is configured now. What does not was asked for, not lost.</summary>
    public abstract bool Owns(string key);

    /// <summary>The chain that had that key in an earlier life, if it can still be there and be told whose it was.</summary>
    public abstract FoundChain? Remember(string key);

    public virtual void Dispose() => Root.Dispose();

    /// <summary>Takes the matching names.</summary>
    protected abstract void Take(List<string> names, Action<FoundChain, string> found);

    protected string PathOf(string name) => Root.Locate(name);

    /// <summary>The name beneath the root of a path that this source reads; null when it does not.</summary>
    protected string? NameOf(string path)
    {
        var root = PathOf("");
        return Glob.IsMatch(path) && !IsExcluded(path) && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : null;
    }

    /// <summary>Whether the pattern takes a name beneath the root.</summary>
    protected bool Takes(string name) => NameOf(PathOf(name)) is not null;

    protected bool IsExcluded(string path) => _excluded.Any(e => e.IsMatch(path));

    /// <summary>A link where a directory is wanted is not followed (I14), and said.</summary>
    private bool IsDirectory(string path)
    {
        if (!Root.TryGetStatus(path, out var status))
        {
            return false;
        }

        if (status.Kind == FileKind.Link && Source.Settings is FileSourceSettings && !IsExcluded(PathOf(path)) && Refusal.Of(Root, path, isDirectory: true) is { } refusal)
        {
            Source.Unreadables.Tell(PathOf(path), refusal.Describe(Root.Path));
        }

        return status.Kind == FileKind.Directory;
    }

    private bool HasChanged()
    {
        if (Glob.IsDeep || !Root.TryGetStatus(".", out var status) || status.Links == 0)
        {
            return true;
        }

        var isOld = clock.GetUtcNow().UnixNanoseconds() - status.ModificationTime > TrustedAge.Ticks * TimeSpan.NanosecondsPerTick;
        if (isOld && _listedAt == status.ModificationTime && _fullScanAt is { } then && clock.GetElapsedTime(then) < FullScan)
        {
            return false;
        }

        _listedAt = isOld ? status.ModificationTime : 0;
        _fullScanAt = clock.GetTimestamp();
        return true;
    }
}
