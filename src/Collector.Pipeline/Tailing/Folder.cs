using Collector.Pipeline.Sources;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>
/// A directory in which files are followed: a container's, or one that a <c>file</c> source's pattern leads to. Owned by the
/// tail worker.
/// </summary>
internal sealed class Folder(FollowedSource source, FoundFolder found)
{
    public FollowedSource Source { get; } = source;

    public ISourceRoot Root { get; } = found.Root;

    /// <summary>The policy for names in it.</summary>
    public NamePolicy Names { get; } = found.Names;

    /// <summary>Relative to the root; empty: the root itself.</summary>
    public string Directory { get; } = found.Directory;

    /// <summary>The chains whose writers write here, by the name that the writer writes to.</summary>
    public SmallMap<string, Chain> Chains { get; } = new();

    /// <summary>The last look held: these are all generations, and none was hidden by a rotation under way.</summary>
    public bool IsSettled { get; set; }

    /// <summary>It has been looked at in this process, or an earlier run has left generations of it.</summary>
    public bool IsKnown { get; set; }

    /// <summary>The directory's time of modification when it was last listed, where that can be trusted; 0: to be listed again.</summary>
    public long ListedAt { get; set; }

    /// <summary>When it was looked at for a turn, monotonic.</summary>
    public long LookedAt { get; set; }

    /// <summary>… and in which round of turns.</summary>
    public long LookedIn { get; set; }

    /// <summary>Of the names and inodes of the last look: a listing with the same signature needs no decision. Null: that look decided another listing.</summary>
    public long? Signature { get; set; }

    /// <summary>A file was undecided: it is looked at again, whether the directory changed or not.</summary>
    public bool IsUndecided { get; set; }

    /// <summary>Those files, held open.</summary>
    public UndecidedFiles Undecided { get; } = new();

    /// <summary>A file may be a copy under way, or is still being compared.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>For messages.</summary>
    public string Location => Root.Locate(Directory).TrimEnd('/');

    public string PathOf(string name) => FolderNames.PathOf(Directory, name);

    /// <summary>The last look does not hold any more.</summary>
    public void Invalidate()
    {
        ListedAt = 0;
        IsSettled = false;
    }

    /// <summary>Whether it must be looked at.</summary>
    public bool HasChanged() =>
        !IsSettled || ListedAt == 0 || IsUndecided || !Root.TryGetStatus(Directory.Length == 0 ? "." : Directory, out var status) || status.Links == 0 || ListedAt != status.ModificationTime;
}
