using System.IO.Compression;
using System.Text;
using Collector.Pipeline.Sources.Files;
using Xunit;

namespace Collector.Pipeline.Tests.Files;

/// <summary>What is whole is read as it was written (R7).</summary>
public sealed class GzipFileTests
{
    private static readonly byte[] s_lines = GzipSamples.Lines(3000);

    public static TheoryData<string> Shapes => ["lines", "empty", "one", "zeros", "random"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void What_any_level_compressed_is_read(string shape)
    {
        var data = shape switch
        {
            "lines" => s_lines,
            "empty" => [],
            "one" => [7],
            "zeros" => new byte[1_000_000],
            _ => GzipSamples.Random(200_000),
        };
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            // The runtime writes nothing at all for nothing.
            var bytes = data.Length == 0 ? Convert.FromHexString("1F8B080000000000000303000000000000000000") : GzipSamples.Compress(data, level);
            AssertWhole(data, bytes);
        }
    }

    [Fact]
    public void Several_members_are_one_stream() =>
        AssertWhole([.. s_lines, .. s_lines, 1], [.. GzipSamples.Compress(s_lines), .. GzipSamples.Compress(s_lines), .. GzipSamples.Compress([1])]);

    [Theory]
    [InlineData("00")]
    [InlineData("0000000000000000")]
    [InlineData("DEADBEEFDEADBEEFDEADBEEF")]
    [InlineData("0000001F8A00")]
    [InlineData("1F")]
    public void Padding_is_no_damage(string hex) => AssertWhole(s_lines, [.. GzipSamples.Compress(s_lines), .. Convert.FromHexString(hex)]);

    [Fact]
    public void A_disk_of_padding_is_no_damage() => AssertWhole(s_lines, [.. GzipSamples.Compress(s_lines), .. new byte[512 * 1024]]);

    /// <summary>RFC 1952 §2.3: FTEXT, FHCRC, FEXTRA, FNAME, FCOMMENT.</summary>
    [Fact]
    public void Each_field_that_a_header_may_have_is_gone_over()
    {
        var bytes = GzipSamples.Compress(s_lines);
        for (byte flags = 0; flags < 0x20; flags++)
        {
            byte[] extra = (flags & 4) != 0 ? [3, 0, 1, 0, 2] : [];
            byte[] name = (flags & 8) != 0 ? [.. "0.log"u8, 0] : [];
            byte[] comment = (flags & 16) != 0 ? [0] : [];
            byte[] check = (flags & 2) != 0 ? [0xAB, 0xCD] : [];
            AssertWhole(s_lines, [.. bytes[..3], flags, .. bytes[4..10], .. extra, .. name, .. comment, .. check, .. bytes[10..]]);
        }
    }

    [Theory]
    [InlineData("padded.gz")]
    [InlineData("two-members.gz")]
    public void A_case_that_others_get_wrong_is_whole(string name)
    {
        using var file = GzipSamples.OpenData(name);
        Assert.Equal(1500, GzipSamples.ReadAll(file).Count(b => b == '\n'));
        Assert.Equal((false, 0L), (file.IsDamaged, file.LostBytes));
    }

    [Fact]
    public void It_is_read_from_anywhere_in_any_order()
    {
        using var file = GzipSamples.Open(GzipSamples.Compress(s_lines));
        var random = new Random(3);
        for (var i = 0; i < 50; i++)
        {
            var from = random.Next(s_lines.Length + 1000);
            var buffer = new byte[random.Next(5000)];
            var expected = s_lines.AsSpan(Math.Min(from, s_lines.Length));
            Assert.Equal(Math.Min(buffer.Length, expected.Length), file.Read(buffer, from));
            Assert.True(buffer.AsSpan(0, Math.Min(buffer.Length, expected.Length)).SequenceEqual(expected[..Math.Min(buffer.Length, expected.Length)]));
        }
    }

    [Fact]
    public void Reading_in_order_reads_the_file_once_and_going_back_reads_it_again()
    {
        var handle = new BytesHandle(GzipSamples.Compress(s_lines));
        using var file = new GzipFile(handle, default);
        Assert.Equal(s_lines, GzipSamples.ReadAll(file, 1000));
        Assert.Equal(handle.Bytes.Length, handle.Taken);
        Assert.Equal(10, file.Read(new byte[10], 0));
        Assert.InRange(handle.Taken, handle.Bytes.Length + 1, 2 * handle.Bytes.Length);
    }

    [Fact]
    public void An_error_of_the_disk_is_thrown_and_what_follows_is_right()
    {
        var handle = new BytesHandle(GzipSamples.Compress(s_lines));
        using var file = new GzipFile(handle, default);
        var (first, second) = (new byte[50_000], new byte[50_000]);
        file.Read(first, 0);
        handle.Fails = true;
        Assert.Throws<IOException>(() => file.Read(new byte[s_lines.Length], first.Length));
        handle.Fails = false;
        Assert.Equal(second.Length, file.Read(second, first.Length));
        Assert.Equal(s_lines[50_000..100_000], second);
        Assert.False(file.IsDamaged);
    }

    /// <summary>A file that is still being compressed looks as if it was cut.</summary>
    [Fact]
    public void One_that_was_cut_and_has_grown_is_read_on_and_is_no_damage()
    {
        var bytes = GzipSamples.Compress(s_lines);
        var handle = new BytesHandle([]);
        using var file = new GzipFile(handle, default);
        var read = new byte[s_lines.Length];
        var at = 0;
        foreach (var length in (int[])[0, 1, 5, 9, 12, 3000, 3001, bytes.Length / 2, bytes.Length - 50])
        {
            handle.Bytes = bytes[..length];
            at += file.Read(read.AsSpan(at), at);
            Assert.Equal((true, null), (file.IsDamaged, file.LostBytes));
        }

        handle.Bytes = bytes;
        at += file.Read(read.AsSpan(at), at);
        Assert.Equal(0, file.Read(new byte[1], at));
        Assert.Equal((s_lines.Length, false, 0L), (at, file.IsDamaged, file.LostBytes));
        Assert.Equal(s_lines, read);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5000)]
    public void The_length_is_told_by_the_trailer_also_before_zeros(int zeros)
    {
        foreach (var data in (byte[][])[s_lines, GzipSamples.Lines(20), new byte[100_000], GzipSamples.Random(256), [1]])
        {
            var handle = new BytesHandle([.. GzipSamples.Compress(data), .. new byte[zeros]]);
            using var file = new GzipFile(handle, default);
            Assert.True(file.EndsWithLength(data.Length));
            Assert.False(file.EndsWithLength(data.Length + 1));

            // One of the guesses has to be the likeliest: a file of zeros alone is not.
            var isGuessed = data.Length > 1 && data.AsSpan().ContainsAnyExcept((byte)0);
            if (zeros is 0 or >= 4 && isGuessed)
            {
                Assert.True(file.TryReadLength(out var length));
                Assert.Equal(data.Length, (long)length);
            }
        }
    }

    [Fact]
    public void Of_what_is_too_short_there_is_no_length()
    {
        using var file = GzipSamples.Open(Encoding.ASCII.GetBytes("short"));
        Assert.False(file.TryReadLength(out _));
        Assert.False(file.EndsWithLength(0));
    }

    private static void AssertWhole(byte[] data, byte[] bytes)
    {
        foreach (var piece in (int[])[64 * 1024, 777])
        {
            using var file = GzipSamples.Open(bytes);
            Assert.True(data.AsSpan().SequenceEqual(GzipSamples.ReadAll(file, piece)));
            Assert.Equal((false, 0L), (file.IsDamaged, file.LostBytes));
        }
    }
}
