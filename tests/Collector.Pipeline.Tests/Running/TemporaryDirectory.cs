namespace Collector.Pipeline.Tests.Running;

/// <summary>A directory that is gone with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("running-").FullName;

    public string File(string name) => System.IO.Path.Join(Path, name);

    /// <summary>Every file with its bytes, to see that nothing was touched.</summary>
    public IReadOnlyList<string> Snapshot() =>
        [.. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {(System.IO.File.Exists(path) ? Convert.ToHexString(System.IO.File.ReadAllBytes(path)) : "")}")];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
