using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>S-127: damage at any byte is told and counted, keeps what was good, and throws nothing.</summary>
public sealed class GzipDamageTests
{
    private const int HeaderLength = 10;
    private const int TrailerLength = 8;
    private static readonly byte[] s_data = GzipSamples.Lines(60);

    /// <summary>Each level makes blocks of another kind: stored, with the fixed codes, with codes of their own.</summary>
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void A_byte_flipped_anywhere_is_damage_and_what_stands_before_it_is_given(CompressionLevel level)
    {
        var bytes = GzipSamples.Compress(s_data, level);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var mask in (ReadOnlySpan<byte>)[0x01, 0x40, 0xFF])
            {
                AssertFlipped(bytes, at, mask);
            }
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_damage_of_unknown_size_and_what_is_there_is_given()
    {
        var bytes = GzipSamples.Compress(s_data);
        var before = 0;
        for (var length = 0; length < bytes.Length; length++)
        {
            using var file = GzipSamples.Open(bytes[..length]);
            var read = GzipSamples.ReadAll(file);
            Assert.True(file.IsDamaged, $"cut at {length}");
            Assert.True(s_data.AsSpan().StartsWith(read), $"cut at {length}");
            Assert.InRange(read.Length, before, s_data.Length);
            before = read.Length;

            // In the trailer nothing is missing; the header of a file that never got further says nothing.
            Assert.Equal(length >= bytes.Length - TrailerLength ? 0 : null, file.LostBytes);
        }

        Assert.Equal(s_data.Length, before);
    }

    [Fact]
    public void A_wrong_checksum_keeps_everything_and_the_next_member_is_read()
    {
        var bytes = GzipSamples.Compress(s_data);
        var next = bytes.ToArray();
        bytes[^6] ^= 1;
        using var file = GzipSamples.Open([.. bytes, .. next]);
        Assert.Equal([.. s_data, .. s_data], GzipSamples.ReadAll(file));
        Assert.Equal((true, 0L), (file.IsDamaged, file.LostBytes));
    }

    [Fact]
    public void A_wrong_length_keeps_everything()
    {
        var bytes = GzipSamples.Compress(s_data);
        bytes[^4] ^= 1;
        using var file = GzipSamples.Open(bytes);
        Assert.Equal(s_data, GzipSamples.ReadAll(file));
        Assert.Equal((true, 0L), (file.IsDamaged, file.LostBytes));
    }

    [Fact]
    public void A_second_member_whose_header_is_damaged_is_no_padding()
    {
        var bytes = GzipSamples.Compress(s_data);
        for (var at = 0; at < 3; at++)
        {
            var next = bytes.ToArray();
            next[at] ^= 0xFF;
            using var file = GzipSamples.Open([.. bytes, .. next]);
            Assert.Equal(s_data, GzipSamples.ReadAll(file));
            Assert.Equal((true, (long)s_data.Length), (file.IsDamaged, file.LostBytes));
        }
    }

    [Fact]
    public void The_case_that_stopped_all_siblings_says_what_is_lost()
    {
        using var file = GzipSamples.OpenData("damaged-at-700.gz");
        var read = GzipSamples.ReadAll(file);
        Assert.True(file.IsDamaged);
        Assert.True(file.TryReadLength(out var length));
        Assert.Equal(length - read.Length, file.LostBytes);
        using var good = GzipSamples.OpenData("padded.gz");
        Assert.Equal(GzipSamples.ReadAll(good).Length, (long)length);
    }

    [Theory]
    [InlineData("no gzip at all, but a text that is long enough")]
    [InlineData("no")]
    [InlineData("")]
    public void What_is_no_gzip_gives_nothing_and_is_damage(string text)
    {
        using var file = GzipSamples.Open(Encoding.ASCII.GetBytes(text));
        Assert.Empty(GzipSamples.ReadAll(file));
        Assert.Equal((true, null), (file.IsDamaged, file.LostBytes));
    }

    [Fact]
    public void Random_bytes_as_deflate_data_end_somewhere()
    {
        var random = new Random(4);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = new byte[HeaderLength + random.Next(300)];
            random.NextBytes(bytes);
            ((ReadOnlySpan<byte>)[0x1F, 0x8B, 8, 0]).CopyTo(bytes);
            using var file = GzipSamples.Open(bytes);
            Assert.InRange(GzipSamples.ReadAll(file).Length, 0, bytes.Length * 1032);
            Assert.True(file.IsDamaged);
        }
    }

    /// <summary>A bomb: it is read as far as is asked for, and no memory is taken for the rest.</summary>
    [Fact]
    public void What_is_not_asked_for_is_not_decompressed()
    {
        var handle = new BytesHandle(GzipSamples.Compress(new byte[50_000_000]));
        using var file = new GzipFile(handle, default);
        file.Read(new byte[1000], 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(1000, file.Read(new byte[1000], 10_000_000));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.InRange(handle.Taken, 0, handle.Bytes.Length / 2);
    }

    private static void AssertFlipped(byte[] whole, int at, byte mask)
    {
        using var cut = GzipSamples.Open(whole[..at]);
        var good = GzipSamples.ReadAll(cut);
        var bytes = whole.ToArray();
        bytes[at] ^= mask;
        using var file = GzipSamples.Open(bytes);
        var read = GzipSamples.ReadAll(file);
        Assert.True(read.AsSpan().StartsWith(good), $"byte {at}");
        Assert.InRange(read.Length, good.Length, good.Length + ((whole.Length - at + 1) * 1032));

        // The time, the tool and the system that a header names do not matter, whether the data is said to be text, and the
        // bits that fill a byte up.
        Assert.True(file.IsDamaged || read.AsSpan().SequenceEqual(s_data), $"byte {at}");
        Assert.False(file.IsDamaged && at is >= 4 and < HeaderLength, $"byte {at}");
        if (at >= whole.Length - TrailerLength)
        {
            Assert.Equal(s_data, read);
        }

        if (at is < 3)
        {
            Assert.Equal((0, s_data.Length), (read.Length, file.LostBytes));
        }
    }
}
