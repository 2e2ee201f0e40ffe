using System.Text;
using Collector.Pipeline.Records;
using Collector.Reading.Decoding;
using Xunit;

namespace Collector.Reading.Tests;

/// <summary>Bodies as the agent's own compressors make them.</summary>
public sealed class DecoderTests
{
    public static TheoryData<Compression> Compressions => [.. Enum.GetValues<Compression>()];

    public static TheoryData<Compression> Compressed => [.. Enum.GetValues<Compression>().Where(one => one != Compression.None)];

    /// <summary>Those whose bodies may follow each other.</summary>
    public static TheoryData<Compression> WithMembers => [Compression.Gzip, Compression.Zstd, Compression.None];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void What_was_compressed_is_decoded(Compression compression)
    {
        foreach (var length in (int[])[0, 1, 100, 65_535, 65_536, 65_537, 3_000_000])
        {
            var text = Text(length);
            var (decoded, damage) = Decode(compression, Objects.Compress(compression, text));
            Assert.Null(damage);
            Assert.Equal(text, decoded);
        }
    }

    [Theory]
    [MemberData(nameof(WithMembers))]
    public void Members_and_frames_are_one_text(Compression compression)
    {
        var texts = new[] { Text(1_000_000), Text(5), Text(0), Text(70_000) };

        var (decoded, damage) = Decode(compression, [.. texts.SelectMany(text => Objects.Compress(compression, text))]);
        Assert.Null(damage);
        Assert.Equal(texts.SelectMany(text => text), decoded);
    }

    [Fact]
    public void A_skippable_frame_is_skipped()
    {
        byte[] seekTable = [0x5E, 0x2A, 0x4D, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];

        var (decoded, damage) = Decode(Compression.Zstd, [.. Objects.Compress(Compression.Zstd, "hello"), .. seekTable]);
        Assert.Null(damage);
        Assert.Equal("hello"u8.ToArray(), decoded);
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void Of_a_body_that_is_cut_the_beginning_is_given_and_the_damage_told(Compression compression)
    {
        var text = Text(5_000);
        var body = Objects.Compress(compression, text);
        for (var length = compression == Compression.Zstd ? 1 : 0; length < body.Length; length++)
        {
            var (decoded, damage) = Decode(compression, body[..length]);
            Assert.NotNull(damage);
            Assert.Equal(text[..decoded.Length], decoded);
        }

        // zstd gives blocks of 128 KiB.
        var large = Text(500_000);
        var most = Decode(compression, Objects.Compress(compression, large)[..^5]).Text;
        Assert.InRange(most.Length, 300_000, large.Length);
        Assert.Equal(large[..most.Length], most);
    }

    [Theory]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Zlib)]
    [InlineData(Compression.Zstd)]
    public void No_altered_byte_goes_unnoticed(Compression compression)
    {
        var text = Text(2_000);
        var body = Objects.Compress(compression, text);
        for (var at = 0; at < body.Length; at++)
        {
            var altered = body.ToArray();
            altered[at] ^= 0x10;
            var (decoded, damage) = Decode(compression, altered);

            // A header has bytes of no weight (a time, an operating system).
            Assert.True(damage is not null || decoded.AsSpan().SequenceEqual(text), $"byte {at}");
        }
    }

    [Fact]
    public void A_snappy_copy_from_before_the_text_is_damage()
    {
        var (_, damage) = Decode(Compression.Snappy, [10, 0, (byte)'a', 0b000_101_01, 9]);

        Assert.Contains("from 9 bytes back", damage, StringComparison.Ordinal);
    }

    internal static (byte[] Text, string? Damage) Decode(Compression compression, byte[] body)
    {
        using var decoder = BodyDecoder.Open(compression, new MemoryStream(body));
        using var text = new MemoryStream();
        var buffer = new byte[10_000];
        try
        {
            for (var length = decoder.Read(buffer); length > 0; length = decoder.Read(buffer))
                text.Write(buffer, 0, length);
            return (text.ToArray(), null);
        }
        catch (DamagedObjectException e)
        {
            return (text.ToArray(), e.Message);
        }
    }

    /// <summary>Of words, so that it compresses, and of some that do not.</summary>
    private static byte[] Text(int length)
    {
        var random = new Random(length);
        var text = new StringBuilder(length + 50);
        while (text.Length < length)
            text.Append(random.Next(3) == 0 ? $"{random.NextInt64():x} " : "the quick brown fox jumps\n");
        return Encoding.ASCII.GetBytes(text.ToString()[..length]);
    }
}
