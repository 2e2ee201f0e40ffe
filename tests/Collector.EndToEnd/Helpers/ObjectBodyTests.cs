using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Collector.Testing.Oracle;
using Snappier;
using Xunit;

namespace Collector.EndToEnd.Helpers;

public sealed class ObjectBodyTests
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n")));

    [Theory]
    [InlineData("")]
    [InlineData("gz")]
    [InlineData("zz")]
    [InlineData("zst")]
    [InlineData("snappy")]
    public void Every_compression_is_decoded(string compression)
    {
        using var directory = new TemporaryDirectory();
        string file = Write(directory, compression);
        using Stream body = ObjectBody.Open(file, compression);
        using var decoded = new MemoryStream();
        body.CopyTo(decoded);
        Assert.Equal(Content, decoded.ToArray());
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zz")]
    [InlineData("zst")]
    public void A_body_that_ends_early_is_invalid(string compression)
    {
        using var directory = new TemporaryDirectory();
        string file = Write(directory, compression);
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        using Stream body = ObjectBody.Open(file, compression);
        Assert.Throws<InvalidDataException>(() => body.CopyTo(Stream.Null));
    }

    private static string Write(TemporaryDirectory directory, string compression)
    {
        string file = directory.Sub("body");
        File.WriteAllBytes(file, compression == "snappy" ? Snappy.CompressToArray(Content) : Content);
        if (compression is "gz" or "zz")
        {
            using FileStream target = File.Create(file);
            using Stream compressor = compression == "gz"
                ? new GZipStream(target, CompressionLevel.Optimal)
                : new ZLibStream(target, CompressionLevel.Optimal);
            compressor.Write(Content);
        }
        else if (compression == "zst")
        {
            using Process zstd = Process.Start("zstd", ["-q", "-f", file, "-o", file + ".zst"]);
            zstd.WaitForExit();
            File.Move(file + ".zst", file, overwrite: true);
        }

        return file;
    }
}
