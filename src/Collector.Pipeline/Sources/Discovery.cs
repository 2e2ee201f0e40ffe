using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>A directory in which files of a source are.</summary>
/// <param name="Root">Beneath which it is opened.</param>
/// <param name="Directory">Relative to the root; empty: the root itself.</param>
/// <param name="Names">The policy for names in it.</param>
internal sealed record FoundFolder(ISourceRoot Root, string Directory, NamePolicy Names);

/// <summary>The files of one writer, apart from what the tail knows of them.</summary>
/// <param name="Key">Its name in positions: the same over restarts, wherever the root is mounted.</param>
/// <param name="Folder">Where its writer writes.</param>
/// <param name="Names">The names that its files can have.</param>
/// <param name="Container">The log's container; null for <c>file</c> sources.</param>
internal sealed record FoundChain(string Key, FoundFolder Folder, SiblingNames Names, ContainerRef? Container)
{
    /// <summary>The link that led to it, if one did and had a container's id.</summary>
    public ContainerLink? Link { get; init; }
}

/// <summary>Where the node's files are.</summary>
/// <param name="Tree">The kernel's, or a simulated one.</param>
/// <param name="DataDir">Never read from beneath it.</param>
internal sealed record NodeFiles(ISourceTree Tree, string DataDir)
{
    public ISourceRoot Open(string root) => Tree.Open(root, DataDir);
}

/// <summary>
/// Finds the log files of one source by listing its pattern (Tailing/DESIGN.md, The cycle, 2). Each kind of source has its own
/// class, which knows where the files are and what their names propose. Owned by the tail worker.
/// </summary>
internal abstract class Discovery(SourceSettings settings, Unreadables unreadables, NodeFiles node, TimeProvider clock) : IDisposable
{
    /// <summary>A directory's mtime younger than that may still change within one tick of the file system's clock.</summary>
    private static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(2);

    /// <summary>The interval of a listing without a new mtime, because mtimes are only a hint.</summary>
    private static readonly TimeSpan FullScan = TimeSpan.FromSeconds(30);

    private readonly PathGlob[] _excluded = [.. settings.ExcludePaths.Select(p => new PathGlob(p))];
    private long _listedAt;
    private long? _fullScanAt;

    public SourceSettings Settings { get; } = settings;

    public Unreadables Unreadables { get; } = unreadables;

    /// <summary>How many files the pattern matched and <c>excludePaths</c> excluded, at the last listing.</summary>
    public int ExcludedCount { get; private set; }

    protected PathGlob Glob { get; } = new(settings.Path);

    protected ISourceRoot Root { get; } = node.Open(new PathGlob(settings.Path).Root);

    public static Discovery For(SourceSettings settings, Unreadables unreadables, NodeFiles node, TimeProvider clock) => settings switch
    {
        ContainerSourceSettings containers => new ContainerDiscovery(containers, unreadables, node, clock),
        _ => new FileDiscovery(settings, unreadables, node, clock),
    };

    /// <summary>Lists where something may have changed; found files may be known already.</summary>
    /// <param name="chain">Called for a container's files, with the name that led to them.</param>
    /// <param name="folder">Called for a directory of any other files; a look at it finds their chains.</param>
    public void Scan(Action<FoundChain, string> chain, Action<FoundFolder> folder)
    {
        if (HasChanged())
        {
            AddNames(MatchingNames(), chain, folder);
        }
    }

    /// <summary>
    /// Whether a chain of an earlier run belongs to this source as it is configured now. Other chains were excluded on purpose and
    /// are not lost.
    /// </summary>
    public abstract bool Owns(string key);

    /// <summary>
    /// The place of a chain's files, as every message names it: a container's directory beneath <c>podLogs</c>, or the path that
    /// any other writer writes to. Never a link's name.
    /// </summary>
    public abstract string Locate(string key);

    /// <summary>The current chain for a key of an earlier run, if it can still exist and its container is known.</summary>
    public abstract FoundChain? Remember(string key);

    /// <summary>
    /// The files that the pattern matches now, each as a chain of its own, and their rotated forms: a file that an earlier pattern
    /// matched may be one of them (R1). For rare use; empty for containers.
    /// </summary>
    public virtual IEnumerable<(FoundChain Chain, FileStatus Status)> Present() => [];

    /// <summary>The paths of existing files that the pattern matches and <c>excludePaths</c> excludes. For rare use.</summary>
    public IEnumerable<string> ExcludedNow() => _excluded.Length == 0 ? [] : Glob.Expand(List, path => KindOf(path) == FileKind.Directory).Select(PathOf).Where(IsExcluded);

    public virtual void Dispose() => Root.Dispose();

    /// <summary>Adds the matching names.</summary>
    protected abstract void AddNames(List<string> names, Action<FoundChain, string> chain, Action<FoundFolder> folder);

    /// <summary>The names beneath the root that the pattern matches, without excluded ones.</summary>
    protected List<string> MatchingNames()
    {
        var expanded = new HashSet<string>(StringComparer.Ordinal);
        var links = new List<string>();
        List<string> names = [.. Glob.Expand(ListNoted, IsDirectoryNoted)];
        ExcludedCount = names.RemoveAll(name => IsExcluded(PathOf(name)));
        links.ForEach(link => TellLink(link, expanded));
        return names;

        IReadOnlyList<string> ListNoted(string directory)
        {
            expanded.Add(directory);
            return List(directory);
        }

        bool IsDirectoryNoted(string path)
        {
            var kind = KindOf(path);
            if (kind == FileKind.Link && Settings is FileSourceSettings && !IsExcluded(PathOf(path)))
            {
                links.Add(path);
            }

            return kind == FileKind.Directory;
        }
    }

    /// <summary>The status of a listed name. One that is there and has none is told: its directory cannot be entered.</summary>
    protected bool TryGetStatus(string name, out FileStatus status)
    {
        if (Root.TryGetStatus(name, out status))
        {
            return true;
        }

        var directory = PathOf(Path.GetDirectoryName(name) ?? "").TrimEnd('/');
        if (!Root.IsGone(name) && !IsExcluded(directory))
        {
            Unreadables.Tell(directory, Unreadables.NotEntered);
        }

        return false;
    }

    protected string PathOf(string name) => Root.Locate(name);

    /// <summary>The name beneath the root of a path that this source reads; null when it does not.</summary>
    protected string? NameOf(string path)
    {
        var root = PathOf("");
        return Glob.IsMatch(path) && !IsExcluded(path) && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : null;
    }

    /// <summary>Whether the pattern matches a name beneath the root.</summary>
    protected bool Matches(string name) => NameOf(PathOf(name)) is not null;

    protected bool IsExcluded(string path) => _excluded.Any(e => e.IsMatch(path));

    /// <summary>The names in a directory. A directory that may not be listed is logged, because there may be logs in it.</summary>
    private IReadOnlyList<string> List(string directory)
    {
        var listing = Root.List(directory);
        if (listing.IsListed && !Unreadables.IsAnyWaiting)
        {
            return listing.Names;
        }

        var path = PathOf(directory).TrimEnd('/');
        if (listing.Result == ListResult.NoDescriptor)
        {
            Unreadables.WaitForDescriptor(path);
            return [];
        }

        Unreadables.EndWait(path);
        if (listing.Result is ListResult.Denied or ListResult.Failed && !IsExcluded(path))
        {
            Unreadables.Tell(path, $"the directory cannot be listed ({listing.Error})");
        }

        return listing.Names;
    }

    /// <summary>Of a link itself, which is not followed where a directory is expected (I14).</summary>
    private FileKind? KindOf(string path) => TryGetStatus(path, out var status) ? status.Kind : null;

    /// <summary>
    /// Logs a link where a directory is expected, unless the pattern leads to its target, too (Airflow's <c>latest</c>): its files
    /// are read by their own paths then.
    /// </summary>
    private void TellLink(string path, HashSet<string> expanded)
    {
        if (Refusal.Find(Root, path, isDirectory: true) is { } refusal &&
            !(Refusal.TargetOf(Root, path, isDirectory: true) is { } target && expanded.Contains(target) && Glob.IsSameDepth(path, target)))
        {
            Unreadables.Tell(PathOf(path), refusal.Describe(Root.Path));
        }
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
