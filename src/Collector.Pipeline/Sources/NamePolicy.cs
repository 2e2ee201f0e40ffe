using Collector.Pipeline.Following;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>What a name in a folder proposes: its chain, and its place in it.</summary>
/// <param name="Base">The name that the chain's writer writes to.</param>
/// <param name="Sibling">The place in the chain that the name proposes.</param>
/// <param name="Role">The role that it proposes.</param>
internal readonly record struct NameProposal(string Base, SiblingName Sibling, NameRole Role)
{
    /// <summary>The name that its writer writes to now.</summary>
    public string Writer => Base.Length > 0 ? Base : Role == NameRole.None ? "" : $"{Sibling.Restart}.log";
}

/// <summary>The names of one folder at one moment.</summary>
/// <param name="Directory">Relative to the root; empty: the root itself.</param>
/// <param name="Present">All names that a listing showed.</param>
/// <param name="IsFollowed">Whether a name is that of a writer that is followed there.</param>
internal readonly record struct FolderNames(string Directory, IReadOnlySet<string> Present, Predicate<string> IsFollowed)
{
    public static string PathOf(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    public string PathOf(string name) => PathOf(Directory, name);
}

/// <summary>
/// What names propose, with one policy for each kind of source (R6). Names order and propose; content and inode decide.
/// </summary>
internal abstract class NamePolicy(ShrinkRule shrink)
{
    /// <summary>What has happened to a file of this kind that is shorter than its position.</summary>
    public ShrinkRule Shrink { get; } = shrink;

    /// <summary>What one of the names of a folder proposes.</summary>
    public abstract NameProposal Propose(FolderNames folder, string name);

    /// <summary>
    /// Why a name that is no regular file is told, and is not read; null for what is expected to be there: a link whose target is read
    /// by its own name (glog's <c>app.INFO</c>, Docker's logs), a directory that a pattern matches.
    /// </summary>
    /// <param name="root">Of the path.</param>
    /// <param name="path">Relative to the root.</param>
    /// <param name="kind">What it is.</param>
    public abstract Refusal? Refuse(ISourceRoot root, string path, FileKind kind);

    /// <summary>Why a directory of files is told that cannot be listed, because a link has taken its place, or that of one on the way; null as above.</summary>
    /// <param name="root">Of the directory.</param>
    /// <param name="directory">Relative to the root.</param>
    public virtual Refusal? RefuseFolder(ISourceRoot root, string directory) => Refuse(root, directory, FileKind.Link);

    /// <summary>
    /// Whether a file that no source matches may be the copy of a known one. In a container's directory kubelet writes compressed
    /// forms under names that end in <c>.tmp</c> (S-28); elsewhere a copy may have any name.
    /// </summary>
    public virtual bool MayBeCopy(string path) => true;

    /// <summary>The chain of a path beneath the root without a known writer.</summary>
    public abstract FoundChain Found(string path);

    /// <summary>The proposal for a name that no source matches; the file may still be a known generation.</summary>
    protected static NameProposal Nobodys(string name) => new("", SiblingName.Unknown(name), NameRole.None);
}

/// <summary>
/// One chain's directory: every name of the chain's form is one of its files, and a container's (kubelet's <c>n.log*</c>, Docker's
/// <c>id-json.log*</c>).
/// </summary>
internal sealed class ContainerNamePolicy(SiblingNames names) : NamePolicy(ShrinkRule.GoOnAtEnd)
{
    public override NameProposal Propose(FolderNames folder, string name) =>
        names.TryParse(name, out var sibling) ? new(names.Base, sibling, sibling.IsLive ? NameRole.Live : NameRole.Other) : Nobodys(name);

    public override bool MayBeCopy(string path) => !path.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Discovery follows the links of a container's directory, and tells those that lead elsewhere.</summary>
    public override Refusal? Refuse(ISourceRoot root, string path, FileKind kind) => kind == FileKind.Link ? null : Refusal.Find(root, path);

    public override Refusal? RefuseFolder(ISourceRoot root, string directory) => Refusal.Find(root, directory, isDirectory: true);

    public override FoundChain Found(string path) => throw new InvalidOperationException("a container's chain is found by its link");
}

/// <summary>
/// Files by a pattern: a file that the pattern matches is a source file; a file with a rotated form of its name is its sibling.
/// </summary>
internal sealed class FileNamePolicy(Func<string, bool> takes, Func<string, FoundChain> found, ShrinkRule shrink) : NamePolicy(shrink)
{
    public override NameProposal Propose(FolderNames folder, string name)
    {
        if (name.EndsWith(".tmp", StringComparison.Ordinal))
        {
            return Nobodys(name);
        }

        if (RootOf(folder, name) is { } root && SiblingNames.Of(root).TryParse(name, out var sibling))
        {
            return new(root, sibling, NameRole.Other);
        }

        if (folder.IsFollowed(name))
        {
            // A writer may have used a name with a stamp. But a new inode under such a name is more often a copy.
            return new(name, SiblingName.Live(name), SiblingNames.BasesOf(name).Any() ? NameRole.Other : NameRole.Live);
        }

        if (!takes(folder.PathOf(name)))
        {
            return Nobodys(name);
        }

        // A compressed file without its log: its base is the name to which its writer would write.
        var gzip = name.EndsWith(".gz", StringComparison.Ordinal);
        var own = gzip ? SiblingNames.BasesOf(name).FirstOrDefault() ?? name[..^3] : name;
        return new(own, gzip ? SiblingName.Rotated(name, "") : SiblingName.Live(name), NameRole.Other);
    }

    public override FoundChain Found(string path) => found(path);

    public override Refusal? Refuse(ISourceRoot root, string path, FileKind kind)
    {
        if (kind == FileKind.Directory || Shrink == ShrinkRule.GoOnAtEnd)
        {
            // In the containers directory discovery tells what is no log.
            return null;
        }

        // A link to a directory matters only where the pattern descends: discovery tells it there.
        var isRead = Refusal.TargetOf(root, path, isDirectory: true) is not null || (Refusal.TargetOf(root, path) is { } target && IsRead(root, target));
        return isRead ? null : Refusal.Find(root, path);
    }

    /// <summary>The pattern takes it, or the name of which it is a rotated form.</summary>
    private bool IsRead(ISourceRoot root, string path) =>
        takes(path) || SiblingNames.BasesOf(path).Any(name => takes(name) && root.TryGetStatus(name, out _));

    /// <summary>
    /// The existing or followed name of which this one is a rotated form; for a rotated form of a rotated form the first.
    /// </summary>
    private string? RootOf(FolderNames folder, string name)
    {
        string? root = null;
        for (var next = BaseOf(name); next is not null; next = BaseOf(next))
        {
            root = SiblingNames.Of(next).TryParse(name, out _) ? next : root;
        }

        return root;

        string? BaseOf(string of) => SiblingNames.BasesOf(of).FirstOrDefault(b => folder.IsFollowed(b) || (folder.Present.Contains(b) && takes(folder.PathOf(b))));
    }
}
