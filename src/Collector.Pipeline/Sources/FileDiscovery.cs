using Collector.Pipeline.Following;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Sources;

/// <summary>Any other log files: finds the folders of a pattern. A look finds the chains in them.</summary>
internal sealed class FileDiscovery : Discovery
{
    public const string FileKey = "file:";
    private readonly FileNamePolicy _names;

    public FileDiscovery(SourceSettings settings, Unreadables unreadables, NodeFiles node, TimeProvider clock)
        : base(settings, unreadables, node, clock)
    {
        _names = new FileNamePolicy(Matches, Make, ShrinkRule.BeginAnew);
    }

    public override bool Owns(string key) => key.StartsWith(FileKey, StringComparison.Ordinal) && NameOf(key[FileKey.Length..]) is not null;

    public override string Locate(string key) => key[FileKey.Length..];

    /// <summary>A file that an earlier pattern matched, and this one does not, may be a rotated form of a matching file.</summary>
    public override FoundChain? Remember(string key)
    {
        if (!key.StartsWith(FileKey, StringComparison.Ordinal))
        {
            return null;
        }

        var path = key[FileKey.Length..];
        return SiblingNames.BasesOf(path).Prepend(path).Select(NameOf).FirstOrDefault(name => name is not null) is { } name ? Make(name) : null;
    }

    public override IEnumerable<(FoundChain Chain, FileStatus Status)> Present()
    {
        var matching = MatchingNames().ToHashSet(StringComparer.Ordinal);
        foreach (var directory in matching.Select(name => Path.GetDirectoryName(name) ?? "").Distinct(StringComparer.Ordinal))
        {
            foreach (var name in Root.List(directory).Names.Select(name => FolderNames.PathOf(directory, name)))
            {
                var writer = matching.Contains(name) ? name : SiblingNames.BasesOf(name).FirstOrDefault(matching.Contains);
                if (writer is not null && Root.TryGetStatus(name, out var status) && status.Kind == FileKind.Regular)
                {
                    yield return (Make(writer), status);
                }
            }
        }
    }

    protected override void AddNames(List<string> names, Action<FoundChain, string> chain, Action<FoundFolder> folder)
    {
        foreach (var directory in names.Select(name => Path.GetDirectoryName(name) ?? "").Distinct(StringComparer.Ordinal))
        {
            folder(FolderOf(directory));
        }
    }

    private FoundFolder FolderOf(string directory) => new(Root, directory, _names);

    private FoundChain Make(string path) =>
        new(FileKey + PathOf(path), FolderOf(Path.GetDirectoryName(path) ?? ""), SiblingNames.Of(Path.GetFileName(path)), Container: null);
}
