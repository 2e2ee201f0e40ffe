using Snappier;

namespace Collector.Testing.Oracle;

/// <summary>Opens what the collector stored, with decoders that it does not use itself (snappy apart).</summary>
public static class ObjectBody
{
    private const int FileBuffer = 128 * 1024;

    /// <summary>The decoded body of an object file. The caller disposes it. Reading throws <see cref="InvalidDataException"/> when it is damaged or ends early.</summary>
    /// <param name="compression">As in <see cref="ObjectKey.Compression"/>.</param>
    public static Stream Open(string path, string compression)
    {
        if (compression == "snappy") return new MemoryStream(Snappy.DecompressToArray(File.ReadAllBytes(path)));
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileBuffer, FileOptions.SequentialScan);
        return compression switch
        {
            "gz" or "zz" => new ZlibReadStream(file),
            "zst" => new ZstdReadStream(file),
            _ => file,
        };
    }
}
