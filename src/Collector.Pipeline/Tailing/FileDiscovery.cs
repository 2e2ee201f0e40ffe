using Collector.Pipeline.Following;

namespace Collector.Pipeline.Tailing;

/// <summary>Any other log files: the folders that a pattern leads to. Which chains are in them, a look tells.</summary>
internal sealed class FileDiscovery : Discovery
{
    public const string FileKey = "file:";
    private readonly FileNamePolicy _names;

    public FileDiscovery(FollowedSource source, TailSettings tail, TimeProvider clock)
        : base(source, tail, clock)
    {
        _names = new FileNamePolicy(Takes, (folder, name) => Make(folder, name), ShrinkRule.BeginAnew);
    }

    public override bool Owns(string key) => key.StartsWith(FileKey, StringComparison.Ordinal) && NameOf(key[FileKey.Length..]) is not null;

    /// <summary>What the pattern took by itself before, and does not now, may be a rotated form of what it takes.</summary>
    public override FoundChain? Remember(string key)
    {
        if (!key.StartsWith(FileKey, StringComparison.Ordinal))
        {
            return null;
        }

        var path = key[FileKey.Length..];
        return SiblingNames.BasesOf(path).Prepend(path).Select(NameOf).FirstOrDefault(name => name is not null) is { } name ? Make(FolderOf(name), Path.GetFileName(name)) : null;
    }

    protected override void Take(List<string> names, Action<FoundChain, string> found)
    {
        foreach (var directory in names.Select(name => Path.GetDirectoryName(name) ?? "").Distinct(StringComparer.Ordinal))
        {
            Source.FolderOf(Root, directory, _names);
        }
    }

    private Folder FolderOf(string name) => Source.FolderOf(Root, Path.GetDirectoryName(name) ?? "", _names);

    private FoundChain Make(Folder folder, string name) =>
        new(FileKey + PathOf(folder.PathOf(name)), folder, SiblingNames.Of(name), Container: null);
}
