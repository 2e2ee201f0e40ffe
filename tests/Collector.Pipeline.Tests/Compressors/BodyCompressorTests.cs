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

    [Fact]
    public async Task Many_zstd_bodies_at_once_each_have_a_context_of_their_own()
    {
        var data = SampleLog.Bytes(300_000);
        var expected = Compress(Compression.Zstd, 0, data, pieceSize: 1000);

        var bodies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Compress(Compression.Zstd, 0, data, pieceSize: 1000))));

        Assert.All(bodies, body => Assert.Equal(expected, body));
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
