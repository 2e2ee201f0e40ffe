using System.Formats.Tar;
using System.IO.Compression;

namespace Collector.EndToEnd.Harness;

/// <summary>The logs of a real node: kubelet 1.36 and containerd 2.1 (Data/node-logs.tar.gz; its pods of that moment: Data/list-at-logs.json).</summary>
internal static class RealNode
{
    // By hand, because the links are absolute, as kubelet makes them, and extracting refuses those.
    public static void Unpack(Stage stage)
    {
        using var archive = new TarReader(new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Data", "node-logs.tar.gz")), CompressionMode.Decompress));
        while (archive.GetNextEntry() is { } entry)
        {
            string path = Path.Combine(stage.Tree.Root, Path.GetRelativePath("var/log", entry.Name.TrimStart('.', '/')));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (entry.EntryType is TarEntryType.SymbolicLink) File.CreateSymbolicLink(path, entry.LinkName);
            else if (entry.EntryType is not TarEntryType.Directory) entry.ExtractToFile(path, overwrite: false);
        }
    }
}
