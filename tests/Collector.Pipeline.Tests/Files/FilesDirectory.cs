using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tests.Files;

/// <summary>A temporary directory with files in it, and roots that open them.</summary>
internal sealed class FilesDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("files-").FullName;

    /// <summary>Each way to open files.</summary>
    public static BeneathOpener Opener(bool walks, Action<string>? beforeStep = null) => walks ? new WalkingOpener(beforeStep) : new OpenAt2Opener();

    public string this[string relative] => System.IO.Path.Join(Path, relative);

    public ISourceRoot Open(BeneathOpener? opener = null, string at = "", string dataDir = "") =>
        new LinuxTree(opener ?? new OpenAt2Opener()).Open(this[at], dataDir);

    public string Write(string relative, string text = "text")
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[relative])!);
        File.WriteAllText(this[relative], text);
        return this[relative];
    }

    public void Link(string relative, string target) => File.CreateSymbolicLink(this[relative], target);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
