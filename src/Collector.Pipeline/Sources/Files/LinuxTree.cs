namespace Collector.Pipeline.Sources.Files;

/// <summary>The kernel's files.</summary>
internal sealed class LinuxTree(BeneathOpener opener) : ISourceTree
{
    /// <summary>One for the process, because the kernel's support is detected once.</summary>
    public static LinuxTree Instance { get; } = new(new ProbingOpener(new OpenAt2Opener(), new WalkingOpener()));

    public string? Notice => opener.Notice;

    public ISourceRoot Open(string path, string dataDir) => new SourceRoot(path, dataDir, opener);
}
