using Collector.Pipeline.Tailing.Files;

namespace Collector.Pipeline.Tailing;

/// <summary>Any other log files: base names with their rotated siblings.</summary>
internal sealed class FileDiscovery(SourceSettings settings, TailSettings tail, TimeProvider clock) : Discovery(settings, tail, clock)
{
    public const string FileKey = "file:";
    private readonly HashSet<string> _bases = new(StringComparer.Ordinal);

    public override bool Owns(string key) => Remember(key) is not null;

    public override FoundChain? Remember(string key) =>
        key.StartsWith(FileKey, StringComparison.Ordinal) && NameOf(key[FileKey.Length..]) is { } name ? Make(name) : null;

    /// <summary>A base that is just being rotated is not there for a moment; its siblings are no bases of their own.</summary>
    public override void Expect(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            if (key.StartsWith(FileKey, StringComparison.Ordinal) && NameOf(key[FileKey.Length..]) is { } name)
            {
                _bases.Add(name);
            }
        }
    }

    protected override void Take(List<string> names, Action<FoundChain, string> found)
    {
        var present = names.ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.EndsWith(".tmp", StringComparison.Ordinal) || (!_bases.Contains(name) && !IsRegular(name)))
            {
                continue;
            }

            var baseName = SiblingNames.BasesOf(name).FirstOrDefault(b => present.Contains(b) || _bases.Contains(b)) ??
                (name.EndsWith(".gz", StringComparison.Ordinal) ? SiblingNames.BasesOf(name).FirstOrDefault() : name);
            if (baseName is not null)
            {
                _bases.Add(baseName);
                found(Make(baseName), baseName);
            }
        }
    }

    private bool IsRegular(string name) => Root.TryGetStatus(name, out var status) && status.Kind == FileKind.Regular;

    private FoundChain Make(string name) =>
        new(FileKey + PathOf(name), Root, Path.GetDirectoryName(name) ?? "", SiblingNames.Of(Path.GetFileName(name)), Container: null);
}
