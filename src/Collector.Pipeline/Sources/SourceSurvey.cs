using Collector.Pipeline.Diagnostics;
using Collector.Pipeline.Sources.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace Collector.Pipeline.Sources;

/// <summary>A file that a source's pattern finds, with its name and status.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="FoundBy">The name that led to it: a container's link, or the file's own.</param>
/// <param name="Size">In bytes.</param>
/// <param name="IsLive">Its name shows that its writer writes to it; else a rotation left it.</param>
/// <param name="Container">The log's container; null for <c>file</c> sources.</param>
public sealed record SurveyedFile(string Path, string FoundBy, long Size, bool IsLive, ContainerRef? Container)
{
    /// <summary>The path that its writer writes to, which its records have.</summary>
    public string Writer { get; init; } = Path;

    internal FileStatus Status { get; init; }

    /// <summary>By its name: its decompressed text is read.</summary>
    public bool IsCompressed => SiblingName.IsGzipName(Path);

    /// <summary>Why it is not read, as the end of a sentence that names it; null: it is read.</summary>
    public string? Refusal { get; init; }

    /// <summary>The source's <c>excludePaths</c> exclude it.</summary>
    public bool IsExcluded { get; init; }
}

/// <summary>
/// The files that a source would read on this node now. It finds them by the agent's own classes, from names and status alone: no
/// file is opened, nothing is written. Only the agent knows which content was read already.
/// </summary>
public static class SourceSurvey
{
    /// <param name="source">As configured.</param>
    /// <param name="dataDir">Never read.</param>
    /// <param name="clock">Only for the age of directories.</param>
    /// <returns>Sorted by path; includes excluded and unreadable files.</returns>
    public static IReadOnlyList<SurveyedFile> Read(SourceSettings source, string dataDir, TimeProvider clock)
    {
        var files = Find(source, dataDir, clock);
        if (source.ExcludePaths.Count > 0)
        {
            foreach (var (path, file) in Find(source with { ExcludePaths = [] }, dataDir, clock))
                files.TryAdd(path, file with { IsExcluded = true });
        }

        return [.. files.Values.Select(f => WithPlainForm(f, files)).OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>When <c>x</c> and <c>x.gz</c> are both there, <c>x</c> is read (I10).</summary>
    private static SurveyedFile WithPlainForm(SurveyedFile file, Dictionary<string, SurveyedFile> files) =>
        file.Refusal is null && SiblingName.IsGzipName(file.Path) && files.TryGetValue(file.Path[..^3], out var plain) && plain.Refusal is null && plain.IsExcluded == file.IsExcluded
            ? file with { Refusal = "the uncompressed file is beside it and is read instead" }
            : file;

    private static Dictionary<string, SurveyedFile> Find(SourceSettings source, string dataDir, TimeProvider clock)
    {
        var files = new Dictionary<string, SurveyedFile>(StringComparer.Ordinal);
        var unreadables = new Unreadables(source.Name, new Books(clock), NullLogger.Instance);
        using var discovery = Discovery.For(source, unreadables, new NodeFiles(LinuxTree.Instance, dataDir), clock);
        discovery.Scan((chain, link) => AddChain(files, chain, LinkOf(source, link)), folder => AddFolder(files, folder));
        foreach (var (path, why) in unreadables.Told)
            files.TryAdd(path, new SurveyedFile(path, path, 0, IsLive: true, Container: null) { Refusal = why });
        return files;
    }

    private static string LinkOf(SourceSettings source, string name) => $"{new PathGlob(source.Path).Root.TrimEnd('/')}/{name}";

    /// <summary>Every file of a container's directory, or the plain file and its rotated forms.</summary>
    private static void AddChain(Dictionary<string, SurveyedFile> files, FoundChain chain, string link)
    {
        foreach (var name in chain.Folder.Root.List(chain.Folder.Directory).Names)
        {
            if (chain.Names.TryParse(name, out var sibling))
                Add(files, chain.Folder, name, name, sibling.IsLive, link, ContainerOf(chain, sibling));
        }
    }

    /// <summary>
    /// In kubelet's directories the name of a file has the restart, and the link's id belongs to the run that it led to.
    /// </summary>
    private static ContainerRef? ContainerOf(FoundChain chain, SiblingName sibling) =>
        chain.Container is { } container && ReferenceEquals(chain.Names, SiblingNames.Container) && sibling.Restart != container.Restart
            ? container with { Restart = sibling.Restart, ContainerId = "" }
            : chain.Container;

    private static void AddFolder(Dictionary<string, SurveyedFile> files, FoundFolder folder)
    {
        var listed = folder.Root.List(folder.Directory).Names;
        var names = new FolderNames(folder.Directory, listed.ToHashSet(StringComparer.Ordinal), _ => false);
        foreach (var name in listed)
        {
            var proposal = folder.Names.Propose(names, name);
            if (proposal.Role != Following.NameRole.None)
                Add(files, folder, name, proposal.Writer, proposal.Sibling.IsLive, link: null, container: null);
        }
    }

    private static void Add(Dictionary<string, SurveyedFile> files, FoundFolder folder, string name, string writer, bool isLive, string? link, ContainerRef? container)
    {
        var relative = FolderNames.PathOf(folder.Directory, name);
        if (!folder.Root.TryGetStatus(relative, out var status))
            return;

        var path = folder.Root.Locate(relative);
        var refusal = status.Kind != FileKind.Regular ? DescribeRefused(folder, relative)
            : CompressedKinds.IsUnread(CompressedKinds.Of(name, [])) ? CompressedKinds.WhyUnread
            : null;
        files.TryAdd(path, new SurveyedFile(path, link ?? path, status.Size, isLive, container) { Status = status, Refusal = refusal, Writer = folder.Root.Locate(FolderNames.PathOf(folder.Directory, writer)) });
    }

    private static string? DescribeRefused(FoundFolder folder, string relative) => Refusal.Find(folder.Root, relative) switch
    {
        { Reason: RefusalReason.Link } link when folder.Names.Refuse(folder.Root, relative, FileKind.Link) is null => $"it is a link to {link.Target}, which is read by its own name",
        { } refusal => refusal.Describe(folder.Root.Path),
        null => null,
    };
}
