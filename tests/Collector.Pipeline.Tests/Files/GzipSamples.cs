using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Sources.Files;

namespace Collector.Pipeline.Tests.Files;

/// <summary>Compressed files of the tests, and what is read of them.</summary>
internal static class GzipSamples
{
    /// <summary>Log lines that compress as such do.</summary>
    public static byte[] Lines(int count, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append($"2026-11-20T10:00:{i % 60:D2}Z stdout F request {i} took {random.Next(1000)} ms for {random.NextInt64():x16}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(2).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Compress(byte[] data, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, level, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return to.ToArray();
    }

    public static GzipFile Open(byte[] bytes) => new(new BytesHandle(bytes), default);

    public static GzipFile OpenData(string name) => Open(File.ReadAllBytes(Path.Join(AppContext.BaseDirectory, "Data", "gz", name)));

    /// <summary>All that a file gives, read as the tail does, in pieces.</summary>
    public static byte[] ReadAll(GzipFile file, int piece = 64 * 1024)
    {
        var all = new MemoryStream();
        var buffer = new byte[piece];
        int got;
        while ((got = file.Read(buffer, all.Length)) > 0)
        {
            all.Write(buffer, 0, got);
        }

        return all.ToArray();
    }
}
