using System.Buffers.Binary;
using Collector.Pipeline.Buffer.Compressors;
using Collector.Pipeline.Records;
using Snappier;
using Xunit;

namespace Collector.Pipeline.Tests.Compressors;

public sealed class BodyCompressorTests
{
    private const int FragmentSize = 1 << 16;

    public static TheoryData<Compression, int> KindsAndSizes()
    {
        var data = new TheoryData<Compression, int>();
        foreach (var kind in Enum.GetValues<Compression>())
        {
            foreach (var size in new[] { 0, 1, 127, 128, FragmentSize - 1, FragmentSize, FragmentSize + 1, 5_000_000 })
                data.Add(kind, size);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public async Task A_body_is_decoded_by_the_stock_tool(Compression kind, int size)
    {
        var data = SampleLog.Bytes(size);
        var body = Compress(kind, 0, data, pieceSize: 10_007);

        Assert.Equal(data, await StockDecoder.DecodeAsync(kind, body));
    }

    [Theory]
    [MemberData(nameof(KindsAndSizes))]
    public void The_same_bytes_compress_to_the_same_bytes(Compression kind, int size)
    {
        var data = SampleLog.Bytes(size);
        var once = Compress(kind, 0, data, pieceSize: 9_973);

        Assert.Equal(once, Compress(kind, 0, data, pieceSize: 9_973));
    }

    [Theory]
    [InlineData(Compression.Gzip, 9)]
    [InlineData(Compression.Zlib, 9)]
    [InlineData(Compression.Zstd, 19)]
    public async Task A_higher_level_makes_a_smaller_body(Compression kind, int level)
    {
        var data = SampleLog.Bytes(500_000);
        var body = Compress(kind, level, data, pieceSize: 70_000);

        Assert.Equal(data, await StockDecoder.DecodeAsync(kind, body));
        Assert.True(body.Length < Compress(kind, 1, data, pieceSize: 70_000).Length);
    }

    [Fact]
    public void Random_bytes_survive_snappy_too()
    {
        var data = new byte[200_001];
        new Random(3).NextBytes(data);

        Assert.Equal(data, Snappy.DecompressToArray(Compress(Compression.Snappy, 0, data, pieceSize: 65_537)));
    }

    [Fact]
    public void Snappy_in_fragments_is_byte_for_byte_what_the_encoder_makes_of_the_whole()
    {
        var data = SampleLog.Bytes(1_000_000);
        Assert.Equal(Snappy.CompressToArray(data), Compress(Compression.Snappy, 0, data, pieceSize: 333));
    }

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zlib)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Snappy)]
    public void No_body_waits_in_memory_for_its_end(Compression kind)
    {
        var data = new byte[4_000_000];
        new Random(5).NextBytes(data);
        using var destination = new MemoryStream();
        using var body = BodyCompressor.Open(kind, 0, destination, data.Length + 1);

        body.Write(data);

        // What cannot be compressed has to be out but for one window of it; zstd's is half a megabyte at most.
        Assert.InRange((double)destination.Length, data.Length - 700_000.0, data.Length * 1.1);
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Zlib)]
    public void More_or_fewer_bytes_than_promised_are_a_bug(Compression kind)
    {
        using var destination = new MemoryStream();
        using var body = BodyCompressor.Open(kind, 0, destination, 10);
        body.Write(new byte[9]);

        Assert.Throws<InvalidOperationException>(() => body.Write(new byte[2]));
        Assert.Throws<InvalidOperationException>(body.Complete);
        body.WriteByte(1);
        body.Complete();
        Assert.Throws<ObjectDisposedException>(() => body.Write([]));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Zlib)]
    public void An_error_of_the_destination_passes_through_and_disposing_adds_none(Compression kind)
    {
        var data = new byte[1_000_000];
        new Random(6).NextBytes(data);
        using var destination = new MemoryStream(new byte[1000]);
        var body = BodyCompressor.Open(kind, 0, destination, data.Length);

        Assert.Throws<NotSupportedException>(() => body.Write(data));
        Assert.Throws<InvalidOperationException>(() => body.Write([]));
        body.Dispose();
        body.Dispose();
    }

    [Theory]
    [InlineData(Compression.Gzip, 10)]
    [InlineData(Compression.Zlib, -1)]
    [InlineData(Compression.Zstd, 23)]
    [InlineData(Compression.Snappy, 1)]
    [InlineData(Compression.None, 1)]
    public void A_level_that_the_compressor_does_not_have_is_refused(Compression kind, int level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BodyCompressor.Open(kind, level, Stream.Null, 0));

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public async Task A_member_is_a_mebibyte_of_whole_records_and_is_decoded_alone(Compression kind)
    {
        var data = SampleLog.Lines(5_000_000);
        var (body, members) = CompressRecords(kind, data);

        Assert.Equal(5, members.Count);
        Assert.Equal(data, await StockDecoder.DecodeAsync(kind, body));
        var from = 0;
        for (var i = 0; i < members.Count; i++)
        {
            var text = await StockDecoder.DecodeAsync(kind, body[(int)members[i]..(int)(i + 1 < members.Count ? members[i + 1] : body.Length)]);
            Assert.Equal(data[from..(from + text.Length)], text);
            Assert.Equal((byte)'\n', text[^1]);
            Assert.InRange(text.Length, i + 1 < members.Count ? BodyStream.MemberText : 1, BodyStream.MemberText + SampleLog.Piece + 100);
            from += text.Length;
        }

        Assert.Equal(data.Length, from);
    }

    /// <summary>Each member costs the same, so of what gets very small more goes into one.</summary>
    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zstd)]
    public void Text_that_gets_very_small_makes_larger_members(Compression kind)
    {
        var line = "the same line, again and again\n"u8.ToArray();
        var data = Enumerable.Repeat(line, 10_000_000 / line.Length).SelectMany(bytes => bytes).ToArray();

        Assert.Equal(3, CompressRecords(kind, data).Members.Count);
    }

    [Fact]
    public async Task Python_reads_gzip_members_as_one()
    {
        var data = SampleLog.Lines(3_000_000);

        Assert.Equal(data, await StockDecoder.RunAsync("python3", ["-c", "import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"], CompressRecords(Compression.Gzip, data).Body));
    }

    /// <summary>As zstd_seekable_compression_format.md of facebook/zstd has it.</summary>
    [Fact]
    public void The_end_of_a_zstd_body_tells_where_its_frames_begin()
    {
        var data = SampleLog.Lines(5_000_000);
        var (body, members) = CompressRecords(Compression.Zstd, data);

        var footer = body.AsSpan(^9..);
        Assert.Equal(0x8F92EAB1, BinaryPrimitives.ReadUInt32LittleEndian(footer[5..]));
        Assert.Equal(0, footer[4]);
        Assert.Equal(members.Count, BinaryPrimitives.ReadInt32LittleEndian(footer));
        var length = (8 * members.Count) + 9;
        var table = body.AsSpan(^(length + 8)..);
        Assert.Equal(0x184D2A5Eu, BinaryPrimitives.ReadUInt32LittleEndian(table));
        Assert.Equal(length, BinaryPrimitives.ReadInt32LittleEndian(table[4..]));
        var (at, text) = (0L, 0L);
        for (var i = 0; i < members.Count; i++)
        {
            Assert.Equal(members[i], at);
            at += BinaryPrimitives.ReadUInt32LittleEndian(table[(8 + (8 * i))..]);
            text += BinaryPrimitives.ReadUInt32LittleEndian(table[(12 + (8 * i))..]);
        }

        Assert.Equal((body.Length - table.Length, data.Length), (at, text));
    }

    [Fact]
    public void A_small_zstd_body_is_one_frame_that_tells_its_length()
    {
        var data = SampleLog.Lines(300_000);
        var (body, members) = CompressRecords(Compression.Zstd, data);

        Assert.Equal([0], members);
        Assert.NotEqual(0x8F92EAB1, BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(^4..)));

        // RFC 8878, 3.1.1.1: a single segment whose length stands in four bytes behind the descriptor.
        Assert.Equal(0b1010_0000, body[4] & 0b1110_0000);
        Assert.Equal(data.Length, BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(5)));
    }

    /// <summary>What follows a MiB of text has no use for more, and who reads it needs as much memory.</summary>
    [Fact]
    public void A_high_level_has_no_larger_window_than_a_member()
    {
        var (body, _) = CompressRecords(Compression.Zstd, SampleLog.Lines(2_000_000), level: 19);

        // RFC 8878, 3.1.1.1.2: exponent and mantissa.
        Assert.Equal(0, body[4] & 0b0010_0000);
        Assert.InRange(1 << (10 + (body[5] >> 3)), 1, BodyStream.MemberText);
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Zlib)]
    public async Task Formats_of_one_piece_have_one_member(Compression kind)
    {
        var data = SampleLog.Lines(3_000_000);
        var (body, members) = CompressRecords(kind, data);

        Assert.Equal([0], members);
        Assert.Equal(data, await StockDecoder.DecodeAsync(kind, body));
    }

    [Fact]
    public async Task Many_zstd_bodies_at_once_each_have_a_context_of_their_own()
    {
        var data = SampleLog.Bytes(300_000);
        var expected = Compress(Compression.Zstd, 0, data, pieceSize: 1000);

        var bodies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Compress(Compression.Zstd, 0, data, pieceSize: 1000))));

        Assert.All(bodies, body => Assert.Equal(expected, body));
    }

    /// <summary>In pieces of whole lines.</summary>
    private static (byte[] Body, List<long> Members) CompressRecords(Compression kind, byte[] data, int level = 0)
    {
        using var destination = new MemoryStream();
        List<long> members = [0];
        using (var body = BodyCompressor.Open(kind, level, destination, data.Length))
        {
            for (var rest = data.AsSpan(); !rest.IsEmpty;)
            {
                var piece = rest[..(rest[Math.Min(SampleLog.Piece, rest.Length - 1)..].IndexOf((byte)'\n') + Math.Min(SampleLog.Piece, rest.Length - 1) + 1)];
                body.Write(piece);
                rest = rest[piece.Length..];
                if (body.EndRecords())
                    members.Add(destination.Position);
            }
        }

        return (destination.ToArray(), members);
    }

    private static byte[] Compress(Compression kind, int level, byte[] data, int pieceSize)
    {
        using var destination = new MemoryStream();
        using (var body = BodyCompressor.Open(kind, level, destination, data.Length))
        {
            for (var offset = 0; offset < data.Length; offset += pieceSize)
                body.Write(data, offset, Math.Min(pieceSize, data.Length - offset));
        }

        Assert.True(destination.CanWrite);
        return destination.ToArray();
    }
}
