using System.Text;
using Collector.Pipeline.Buffer;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Positions;
using Collector.Pipeline.Records;
using Collector.Pipeline.Storage;
using Collector.Pipeline.Tests.Compressors;
using Collector.Testing.Storage;
using Collector.Testing.Time;
using Xunit;

namespace Collector.Pipeline.Tests.Buffer;

/// <summary>From a chunk's frames to the members of an object's body.</summary>
public sealed class MemberedBodyTests
{
    private const int FrameBytes = 400_000;
    private readonly SimulatedDisk _disk = new();

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public async Task Members_end_with_frames_and_tell_where_they_begin_and_when(Compression kind)
    {
        using var chunk = WriteChunk(kind, 10);
        var (body, members) = Write(chunk);

        // Three frames of 400 kB are the first to have a MiB; the tenth is left.
        Assert.Equal(["time 0", "time 3", "time 6", "time 9"], members!.Select(member => member.FirstTime));
        Assert.Equal(0, members![0].Offset);
        for (var i = 0; i < members.Count; i++)
        {
            var end = i + 1 < members.Count ? members[i + 1].Offset : body.Length;
            var text = Encoding.ASCII.GetString(await StockDecoder.DecodeAsync(kind, body[(int)members[i].Offset..(int)end]));
            Assert.StartsWith($"frame {3 * i} ", text, StringComparison.Ordinal);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.Equal(Math.Min(3, 10 - (3 * i)) * FrameBytes, text.Length);
        }
    }

    /// <summary>A chunk is sealed again when a crash came before its object had a name.</summary>
    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public void A_chunk_that_is_sealed_again_makes_the_same_bytes(Compression kind)
    {
        using var chunk = WriteChunk(kind, 10);

        Assert.Equal(Write(chunk).Body, Write(chunk).Body);
    }

    [Fact]
    public void Frames_that_say_no_time_leave_it_to_those_behind_them()
    {
        using var chunk = WriteChunk(Compression.Gzip, 6, frame => frame is 0 or 3 or 4 or 5 ? "" : $"time {frame}");

        Assert.Equal(["time 1", ""], Write(chunk).Members!.Select(member => member.FirstTime));
    }

    [Fact]
    public void A_frame_that_does_not_check_makes_no_members()
    {
        using var chunk = WriteChunk(Compression.Gzip, 4);
        var whole = Chunk(chunk);
        chunk.Write("X"u8, chunk.Length - 1000);

        Assert.Null(Write(chunk, whole).Members);
    }

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public async Task The_body_of_a_sealed_object_has_members(Compression kind)
    {
        using var output = new OneOutput(_disk, new ManualClock(), settings => settings with { Compression = kind });
        for (var frame = 0; frame < 8; frame++)
            output.Append([.. Enumerable.Range(frame * 50_000, 50_000)]);
        var item = output.AppendSealed(1_000_000);

        using var file = _disk.Root.Open(item.FileName);
        using var sealedBody = SealedBody.Open(file, ObjectHeader.Read(file, item.FileName)!);
        var body = new byte[sealedBody.Length];
        sealedBody.ReadExactly(body);
        var text = Encoding.ASCII.GetString(await StockDecoder.DecodeAsync(kind, body));
        Assert.Equal([.. Enumerable.Range(0, 400_000), 1_000_000], text.TrimEnd('\n').Split('\n').Select(line => int.Parse(line["record ".Length..])));

        byte[] magic = kind == Compression.Gzip ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0] : [0x28, 0xB5, 0x2F, 0xFD];
        var last = body.AsSpan().LastIndexOf(magic);
        Assert.InRange(last, 1, body.Length);
        Assert.StartsWith("record ", Encoding.ASCII.GetString(await StockDecoder.DecodeAsync(kind, body[last..])), StringComparison.Ordinal);
    }

    private static OpenChunk Chunk(IStorageFile file)
    {
        using var walked = ChunkReader.Open(file, "c")!;
        while (walked.MoveNext())
        {
        }

        return OpenChunk.From(walked, "c");
    }

    private static (byte[] Body, IReadOnlyList<BodyMember>? Members) Write(IStorageFile file) => Write(file, Chunk(file));

    private static (byte[] Body, IReadOnlyList<BodyMember>? Members) Write(IStorageFile file, OpenChunk chunk)
    {
        using var frames = ChunkReader.Open(file, "c")!;
        using var body = new MemoryStream();
        using (chunk)
        {
            using var compression = BodyCompressor.Open(chunk.Header.Compression, 0, body, chunk.Bytes);
            var members = MemberedBody.Write(frames, chunk, compression, body);
            compression.Dispose();
            return (body.ToArray(), members);
        }
    }

    private IStorageFile WriteChunk(Compression kind, int frames, Func<int, string>? time = null)
    {
        var file = _disk.Root.Create("c");
        using var header = new ByteBuffer();
        (ChunkFile.Header with { Compression = kind }).Write(header, []);
        file.Write(header.Written, 0);
        long end = header.Length;
        var told = new ToldGenerations();
        var random = new Random(1);
        for (var i = 0; i < frames; i++)
        {
            using var batch = new Batch();
            batch.Bytes.Append(Encoding.ASCII.GetBytes($"frame {i} "));
            while (batch.BodyLength < FrameBytes)
                batch.Bytes.Append(Encoding.ASCII.GetBytes(batch.BodyLength < FrameBytes - 40 ? $"{random.NextInt64():x16} {random.Next(10)}\n" : new string('.', FrameBytes - batch.BodyLength - 1) + "\n"));
            batch.EndRecord(Encoding.ASCII.GetBytes(time?.Invoke(i) ?? $"time {i}"));
            batch.Cover(new GenerationIdentity(new GenerationId(1), 0, 1, 2, 3, "chain", "0.log", Fingerprint.Of("abc"u8)), i * 10, (i + 1) * 10);
            file.Write(Frame.Finish(batch, batch.ToCoverage(), told), end);
            end += batch.Bytes.Length;
        }

        return file;
    }
}
