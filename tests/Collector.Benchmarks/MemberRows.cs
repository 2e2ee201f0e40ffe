using System.Buffers;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;

namespace Collector.Benchmarks;

/// <summary>
/// What members cost: the size of bodies, and the processor's time for them, against the same text in one stream, in one run
/// (Buffer/Compressors/DESIGN.md). The text is the recorded logs of a node, and records with metadata of one container's log.
/// </summary>
internal static class MemberRows
{
    /// <summary>About what a busy container's commit has.</summary>
    private const int Commit = 128 * 1024;

    private const int Rounds = 5;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\"\\\t"u8);

    /// <param name="recorded">An archive of a node's logs.</param>
    /// <param name="directory">For the logs that are made.</param>
    public static void Measure(string recorded, string directory)
    {
        Console.WriteLine("| text | | one stream | members | size | CPU time |\n|---|---|---|---|---|---|");
        Add("recorded node logs", Recorded(recorded));
        foreach (var mebibytes in (int[])[1, 8, 64])
        {
            Add($"JSON records, {mebibytes} MiB", Records(Path.Join(directory, $"{mebibytes}"), mebibytes << 20));
        }
    }

    private static void Add(string what, byte[] text)
    {
        foreach (var kind in (Compression[])[Compression.Gzip, Compression.Zstd])
        {
            var (one, many) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
            var (oneLength, manyLength) = (0L, 0L);
            for (var round = 0; round < Rounds; round++)
            {
                (oneLength, one) = Least(one, () => Compress(kind, text, text.Length));
                (manyLength, many) = Least(many, () => Compress(kind, text, Commit));
            }

            Console.WriteLine(FormattableString.Invariant(
                $"| {what}, {text.Length / 1e6:F1} MB | {kind.ToString().ToLowerInvariant()} | {oneLength} | {manyLength} | {100.0 * (manyLength - oneLength) / oneLength:+0.00;-0.00} % | {text.Length / 1e6 / one.TotalSeconds:F0} and {text.Length / 1e6 / many.TotalSeconds:F0} MB/s: × {many / one:F2} |"));
        }
    }

    private static (long Length, TimeSpan Least) Least(TimeSpan least, Func<long> run)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var length = run();
        var took = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return (length, took < least ? took : least);
    }

    /// <summary>In pieces of whole lines, behind each of which a member may end.</summary>
    private static long Compress(Compression kind, ReadOnlySpan<byte> text, int piece)
    {
        using var to = new CountingStream();
        using (var body = BodyCompressor.Open(kind, 0, to, text.Length))
        {
            while (!text.IsEmpty)
            {
                var from = Math.Min(piece, text.Length) - 1;
                var part = text[..(from + text[from..].IndexOf((byte)'\n') + 1)];
                body.Write(part);
                body.EndRecords();
                text = text[part.Length..];
            }
        }

        return to.Position;
    }

    /// <summary>All files of the archive, one behind the other.</summary>
    private static byte[] Recorded(string path)
    {
        using var file = File.OpenRead(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var archive = new TarReader(unpacked);
        using var text = new MemoryStream();
        while (archive.GetNextEntry() is { } entry)
        {
            entry.DataStream?.CopyTo(text);
        }

        text.WriteByte((byte)'\n');
        return text.ToArray();
    }

    /// <summary>The mix of contract §7 as records with some 240 bytes of metadata.</summary>
    private static byte[] Records(string directory, int bytes)
    {
        var log = File.ReadAllBytes(new NodeLogs(directory, 1, bytes).Containers[0].Path).AsSpan();
        var text = new ArrayBufferWriter<byte>(bytes + (1 << 20));
        while (text.WrittenCount < bytes)
        {
            var end = log.IndexOf((byte)'\n');
            var line = log[..end];
            log = log[(end + 1)..];

            // CRI: time, stream, tag, text.
            var time = line[..line.IndexOf((byte)' ')];
            var rest = line[(time.Length + 1)..];
            var stream = rest[..rest.IndexOf((byte)' ')];
            text.Write("{\"time\":\""u8);
            text.Write(time);
            text.Write("\",\"stream\":\""u8);
            text.Write(stream);
            text.Write("\",\"log\":\""u8);
            foreach (var value in rest[(stream.Length + 3)..])
            {
                text.Write(Escaped.Contains(value) ? value == '\t' ? "\\t"u8 : value == '"' ? "\\\""u8 : "\\\\"u8 : [value]);
            }

            text.Write(Metadata);
        }

        return text.WrittenSpan.ToArray();
    }

    private static readonly byte[] Metadata = Encoding.UTF8.GetBytes(
        """
        ","log_type":"application","log_source":"container","hostname":"node-1","kubernetes":{"namespace_name":"bench-1","pod_name":"app-1","pod_id":"00000001-0000-4000-8000-0123456789ab","container_name":"app","docker_id":"0123456789abcdef","container_image":"app:1","restart_count":0,"host":"node-1"}}
        """ + "\n");

    private sealed class CountingStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Position;

        public override long Position { get; set; }

        public override void Write(byte[] buffer, int offset, int count) => Position += count;

        public override void Write(ReadOnlySpan<byte> buffer) => Position += buffer.Length;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
